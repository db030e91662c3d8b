"""Writes crates/models/tests/golden/{llama,gpt2}: tiny models, and what transformers computes with them.

Run from the project's root with the Python of the environment `torch`:

    "$(scripts/environment --path torch)/bin/python" scripts/reference/language_models_golden.py

Each folder holds a model in the hub's layout (random weights, a byte-level tokenizer) and golden.json:
the logits after several prompts, the greedy continuation, and the tokens of nasty texts.
"""

import json
from pathlib import Path

import torch
import transformers
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

GOLDEN = Path(__file__).parents[2] / "crates" / "models" / "tests" / "golden"
TEXTS = [
    "The quick brown fox.",
    "  two spaces,\n\n two lines\t",
    "it's we'll I'd they're",
    "naïve café, 東京, 🦀🦀",
    "1234567 x=3.14e-9; {\"a\": [1, 2]}",
    "<|endoftext|>after",
    "",
]
PROMPTS = [[5], [1, 2, 3, 4, 5, 6, 7, 8], list(range(60, 0, -1)), [17] * 9]


def tokenizer() -> Tokenizer:
    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        special_tokens=[AddedToken("<|endoftext|>", special=True)],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    made.train_from_iterator([Path(__file__).read_text()], trainer)
    return made


def llama() -> transformers.PreTrainedModel:
    config = transformers.LlamaConfig(
        vocab_size=300,
        hidden_size=24,
        intermediate_size=40,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
        rms_norm_eps=1e-5,
        rope_theta=500.0,
        eos_token_id=0,
    )
    return transformers.LlamaForCausalLM(config)


def gpt2() -> transformers.PreTrainedModel:
    config = transformers.GPT2Config(
        vocab_size=300, n_positions=128, n_embd=24, n_layer=2, n_head=3, eos_token_id=0, bos_token_id=0
    )
    return transformers.GPT2LMHeadModel(config)


def shaken(model: transformers.PreTrainedModel) -> transformers.PreTrainedModel:
    """Norms and biases too: a reader that forgets one of them must not pass."""
    with torch.no_grad():
        for parameter in model.parameters():
            spread = 0.3 if parameter.dim() == 1 else 2.0 / parameter.shape[-1] ** 0.5
            centre = 1.0 if parameter.dim() == 1 else 0.0
            parameter.copy_(centre + spread * torch.randn_like(parameter))
    return model.float().eval()


def greedy(model: transformers.PreTrainedModel, prompt: list[int], count: int) -> list[int]:
    tokens = list(prompt)
    with torch.no_grad():
        for _ in range(count):
            tokens.append(int(model(torch.tensor([tokens])).logits[0, -1].argmax()))
    return tokens[len(prompt) :]


def write(name: str, model: transformers.PreTrainedModel) -> None:
    folder = GOLDEN / name
    folder.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(folder)
    (folder / "generation_config.json").unlink(missing_ok=True)
    made = tokenizer()
    made.save(str(folder / "tokenizer.json"), pretty=False)
    cases = []
    with torch.no_grad():
        for prompt in PROMPTS:
            logits = model(torch.tensor([prompt])).logits[0, -1]
            cases.append({"prompt": prompt, "logits": logits.tolist(), "greedy": greedy(model, prompt, 20)})
    texts = [{"text": text, "tokens": made.encode(text, add_special_tokens=False).ids} for text in TEXTS]
    versions = {"torch": torch.__version__, "transformers": transformers.__version__}
    (folder / "golden.json").write_text(json.dumps({"versions": versions, "cases": cases, "texts": texts}) + "\n")


if __name__ == "__main__":
    torch.manual_seed(7)
    write("llama", shaken(llama()))
    write("gpt2", shaken(gpt2()))
