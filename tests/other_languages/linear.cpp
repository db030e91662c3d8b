// Linear regression in C++17, in one file with no library: what an implementation in any language
// has to do to be examined, measured and compared like the others. The protocol is described in
// bins/README.md; parameters, marks and outputs of the task are those of bins/regression/task.json.
//
//     g++ -std=c++17 -O3 -march=native -o regression_cpp linear.cpp
//
// Least squares by Householder QR with column pivoting; of several solutions the one of least norm
// (Golub and Van Loan, Matrix Computations, 4th ed., 5.4 and 5.5).

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace {

const std::string PROTOCOL = "ferrobench-task/1";
const std::string NAME = "regression_cpp";
const std::size_t OUTPUT_BYTES_MAX = 16u << 20;
const std::size_t DOCUMENT_BYTES_MAX = 64u << 20;

// The input is at fault: exit code 2.
struct Refusal {
    std::string what;
    std::string hint;
};

// ---------------------------------------------------------------------------------- JSON

struct Json {
    enum Kind { Null, Bool, Number, String, Array, Object } kind = Null;
    bool truth = false;
    std::string text;  // of a string its value, of a number as it is written
    std::vector<Json> list;
    std::map<std::string, Json> keys;
};

class JsonReader {
public:
    JsonReader(const std::string& text, std::string place) : text_(text), place_(std::move(place)) {}

    Json whole() {
        Json value = this->value(0);
        skip();
        if (at_ != text_.size()) fail("text after the end");
        return value;
    }

private:
    static constexpr int DEPTH_MAX = 64;

    Json value(int depth) {
        if (depth > DEPTH_MAX) fail("nested too deeply");
        skip();
        Json json;
        if (taken("{")) {
            json.kind = Json::Object;
            members(json, depth);
        } else if (taken("[")) {
            json.kind = Json::Array;
            elements(json, depth);
        } else if (peek() == '"') {
            json.kind = Json::String;
            json.text = string();
        } else if (taken("true")) {
            json.kind = Json::Bool;
            json.truth = true;
        } else if (taken("false")) {
            json.kind = Json::Bool;
        } else if (!taken("null")) {
            json.kind = Json::Number;
            json.text = number();
        }
        return json;
    }

    void members(Json& json, int depth) {
        skip();
        if (taken("}")) return;
        do {
            skip();
            std::string key = string();
            skip();
            if (!taken(":")) fail("`:` was due");
            if (!json.keys.emplace(key, value(depth + 1)).second) fail("key `" + key + "` twice");
            skip();
        } while (taken(","));
        if (!taken("}")) fail("`}` was due");
    }

    void elements(Json& json, int depth) {
        skip();
        if (taken("]")) return;
        do {
            json.list.push_back(value(depth + 1));
            skip();
        } while (taken(","));
        if (!taken("]")) fail("`]` was due");
    }

    std::string string() {
        if (!taken("\"")) fail("a string was due");
        std::string out;
        while (peek() != '"') {
            char c = next();
            out += c == '\\' ? escaped() : std::string(1, c);
        }
        next();
        return out;
    }

    std::string escaped() {
        static const std::map<char, char> SHORT = {{'"', '"'}, {'\\', '\\'}, {'/', '/'},  {'b', '\b'},
                                                   {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}};
        char c = next();
        if (c == 'u') {
            for (int i = 0; i < 4; ++i) next();
            return "?";  // no name that this program compares has such a character
        }
        auto found = SHORT.find(c);
        if (found == SHORT.end()) fail("an unknown escape");
        return std::string(1, found->second);
    }

    std::string number() {
        std::size_t start = at_;
        while (at_ < text_.size() && std::strchr("+-.eE0123456789", text_[at_])) ++at_;
        if (start == at_) fail("a value was due");
        return text_.substr(start, at_ - start);
    }

    void skip() {
        while (at_ < text_.size() && std::strchr(" \t\r\n", text_[at_])) ++at_;
    }
    bool taken(const char* word) {
        std::size_t length = std::strlen(word);
        if (text_.compare(at_, length, word) != 0) return false;
        at_ += length;
        return true;
    }
    char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    char next() {
        if (at_ >= text_.size()) fail("it ends too early");
        return text_[at_++];
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw Refusal{place_ + ": no valid JSON at byte " + std::to_string(at_) + ": " + what,
                      "the documents are described in bins/README.md"};
    }

    const std::string& text_;
    std::string place_;
    std::size_t at_ = 0;
};

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (unsigned char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
            out += static_cast<char>(c);
        } else if (c < 0x20) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", c);
            out += escape;
        } else {
            out += static_cast<char>(c);
        }
    }
    return out + "\"";
}

// An object's field of a wanted kind.
const Json& field(const Json& object, const std::string& key, Json::Kind kind, const std::string& place) {
    auto found = object.keys.find(key);
    if (found == object.keys.end()) throw Refusal{place + ": missing key `" + key + "`", "see bins/README.md"};
    if (found->second.kind != kind) throw Refusal{place + ": `" + key + "` has the wrong type", "see bins/README.md"};
    return found->second;
}

std::uint64_t whole_number(const std::string& text, const std::string& place, std::uint64_t max) {
    char* end = nullptr;
    errno = 0;
    unsigned long long value = std::strtoull(text.c_str(), &end, 10);
    bool digits = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
    if (!digits || errno != 0 || *end != '\0' || value > max) {
        throw Refusal{place + ": `" + text + "` is no whole number from 0 to " + std::to_string(max), "see --help"};
    }
    return value;
}

// -------------------------------------------------------------------------------- sha256

// FIPS 180-4.
class Sha256 {
public:
    static std::string of(const std::string& bytes) {
        Sha256 hash;
        std::string padded = bytes + '\x80';
        padded.append((120 - padded.size() % 64) % 64, '\0');
        std::uint64_t bits = std::uint64_t(bytes.size()) * 8;
        for (int shift = 56; shift >= 0; shift -= 8) padded += static_cast<char>(bits >> shift);
        for (std::size_t at = 0; at < padded.size(); at += 64) {
            hash.block(reinterpret_cast<const unsigned char*>(padded.data()) + at);
        }
        char text[65];
        for (int i = 0; i < 8; ++i) std::snprintf(text + 8 * i, 9, "%08x", hash.state_[i]);
        return text;
    }

private:
    static std::uint32_t rotated(std::uint32_t x, int by) { return x >> by | x << (32 - by); }

    // The first 32 bits of the fraction of a root of each of the first 64 primes.
    static std::vector<std::uint32_t> fractions(double (*root)(double), int count) {
        std::vector<std::uint32_t> out;
        for (int n = 2; static_cast<int>(out.size()) < count; ++n) {
            bool prime = true;
            for (int d = 2; d * d <= n; ++d) prime = prime && n % d != 0;
            double value = root(n);
            if (prime) out.push_back(static_cast<std::uint32_t>((value - std::floor(value)) * 4294967296.0));
        }
        return out;
    }

    void block(const unsigned char* bytes) {
        static const std::vector<std::uint32_t> K = fractions(std::cbrt, 64);
        std::uint32_t w[64];
        for (int i = 0; i < 16; ++i) {
            w[i] = std::uint32_t(bytes[4 * i]) << 24 | std::uint32_t(bytes[4 * i + 1]) << 16 |
                   std::uint32_t(bytes[4 * i + 2]) << 8 | std::uint32_t(bytes[4 * i + 3]);
        }
        for (int i = 16; i < 64; ++i) {
            std::uint32_t a = w[i - 15], b = w[i - 2];
            w[i] = w[i - 16] + w[i - 7] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) +
                   (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
        }
        std::array<std::uint32_t, 8> s;
        std::copy(state_.begin(), state_.end(), s.begin());
        for (int i = 0; i < 64; ++i) {
            std::uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
            std::uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
            std::uint32_t one = s[7] + (rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25)) + choice + K[i] + w[i];
            std::uint32_t two = (rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22)) + majority;
            s = {one + two, s[0], s[1], s[2], s[3] + one, s[4], s[5], s[6]};
        }
        for (int i = 0; i < 8; ++i) state_[i] += s[i];
    }

    std::vector<std::uint32_t> state_ = fractions(std::sqrt, 8);
};

// --------------------------------------------------------------------------------- files

[[noreturn]] void cannot(const std::string& action, const std::string& path) {
    throw Refusal{path + ": cannot " + action + ": " + std::strerror(errno), "check the path and its permissions"};
}

std::string read_file(const std::string& path, std::size_t limit) {
    std::ifstream file(path, std::ios::binary);
    if (!file) cannot("read", path);
    std::string bytes{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (file.bad()) cannot("read", path);
    if (bytes.size() > limit) throw Refusal{path + ": larger than " + std::to_string(limit) + " bytes", "check the path"};
    return bytes;
}

void sync_path(const std::string& path, int flags) {
    int file = open(path.c_str(), flags);
    if (file < 0 || fsync(file) != 0) cannot("sync", path);
    close(file);
}

// The write rule: whole under its final name, or not there.
void write_whole(const std::string& folder, const std::string& name, const std::string& bytes) {
    std::string partial = folder + "/." + name + ".partial", path = folder + "/" + name;
    std::ofstream file(partial, std::ios::binary);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) cannot("write", path);
    sync_path(partial, O_RDONLY);
    if (std::rename(partial.c_str(), path.c_str()) != 0) cannot("write", path);
    sync_path(folder, O_RDONLY | O_DIRECTORY);
}

void make_folder(const std::string& path) {
    if (mkdir(path.c_str(), 0777) != 0 && errno != EEXIST) cannot("create", path);
    struct stat status;
    errno = ENOTDIR;
    if (stat(path.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) cannot("create", path);
}

// ----------------------------------------------------------------------------------- npy

template <class T>
struct Array {
    std::vector<std::size_t> shape;
    std::vector<T> values;
};

template <class T>
const char* type_of();
template <>
const char* type_of<double>() { return "'<f8'"; }
template <>
const char* type_of<std::int64_t>() { return "'<i8'"; }

// As numpy writes it: version 1, little-endian, C order, with the shape that the manifest says.
template <class T>
Array<T> parse_npy(const std::string& bytes, const std::vector<std::size_t>& shape, const std::string& place) {
    auto refuse = [&](const std::string& what) { return Refusal{place + ": " + what, "make the data again"}; };
    if (bytes.size() < 10 || bytes.compare(0, 8, std::string("\x93NUMPY\x01\x00", 8)) != 0) throw refuse("no npy file");
    std::size_t length = static_cast<unsigned char>(bytes[8]) | static_cast<unsigned char>(bytes[9]) << 8;
    std::string header = bytes.substr(10, length);
    std::string tuple = "(";
    std::size_t count = 1;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        tuple += (i ? ", " : "") + std::to_string(shape[i]);
        if (shape[i] != 0 && count > bytes.size() / shape[i]) throw refuse("shorter than its shape needs");
        count *= shape[i];
    }
    tuple += shape.size() == 1 ? ",)" : ")";
    if (header.find(type_of<T>()) == std::string::npos) throw refuse(std::string("its type is not ") + type_of<T>());
    if (header.find("'fortran_order': False") == std::string::npos) throw refuse("not in C order");
    if (header.find("'shape': " + tuple) == std::string::npos) throw refuse("its shape is not " + tuple);
    if (bytes.size() - 10 - std::min(length, bytes.size() - 10) != count * sizeof(T)) {
        throw refuse("not as many values as its shape " + tuple + " needs");
    }
    Array<T> array{shape, std::vector<T>(count)};
    std::memcpy(array.values.data(), bytes.data() + 10 + length, count * sizeof(T));
    return array;
}

std::string npy(const std::vector<double>& values) {
    std::string header =
        "{'descr': '<f8', 'fortran_order': False, 'shape': (" + std::to_string(values.size()) + ",), }";
    header.append(63 - (10 + header.size()) % 64, ' ');  // the values start at a multiple of 64 bytes
    header += '\n';
    std::string bytes("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() & 0xff);
    bytes += static_cast<char>(header.size() >> 8);
    bytes += header;
    return bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
}

// ----------------------------------------------------------------------------- the order

struct Params {
    std::string run_id, split, dataset;
    bool fit_intercept, digest;
    double tol;
    std::uint64_t threads, warmup, iterations, slow_percent;
    std::set<std::string> work;
};

void refuse_unknown(const Json& object, const std::set<std::string>& known, const std::string& place) {
    std::string list;
    for (const auto& key : known) list += (list.empty() ? "" : ", ") + key;
    for (const auto& [key, value] : object.keys) {
        if (!known.count(key)) throw Refusal{place + ": unknown key `" + key + "`", "allowed: " + list};
    }
}

void allow(const std::string& place, const std::string& key, const std::string& given, const std::string& allowed) {
    if (given != allowed) {
        throw Refusal{place + ": `" + key + "` is `" + given + "`", "this program does `" + allowed + "`"};
    }
}

Params read_params(const std::string& path) {
    std::string text = read_file(path, DOCUMENT_BYTES_MAX);
    Json json = JsonReader(text, path).whole();
    if (json.kind != Json::Object) throw Refusal{path + ": no object", "see bins/README.md"};
    refuse_unknown(json, {"protocol", "run_id", "task", "algorithm", "hyperparameters", "dataset", "split", "device",
                          "threads", "mode", "warmup", "iterations", "work", "capture", "slow_percent"}, path);
    auto word = [&](const std::string& key) { return field(json, key, Json::String, path).text; };
    auto number = [&](const std::string& key, std::uint64_t max) {
        return whole_number(field(json, key, Json::Number, path).text, path + ": " + key, max);
    };
    allow(path, "protocol", word("protocol"), PROTOCOL);
    allow(path, "task", word("task"), "regression");
    allow(path, "algorithm", word("algorithm"), "linear");
    if (word("mode") != "cold") allow(path, "mode", word("mode"), "warm");
    if (word("capture") != "digest") allow(path, "capture", word("capture"), "full");
    const Json& hyperparameters = field(json, "hyperparameters", Json::Object, path);
    refuse_unknown(hyperparameters, {"fit_intercept", "tol"}, path + ": hyperparameters");
    Params params;
    params.run_id = word("run_id");
    params.dataset = word("dataset");
    params.split = word("split");
    params.fit_intercept = field(hyperparameters, "fit_intercept", Json::Bool, path).truth;
    params.tol = std::strtod(field(hyperparameters, "tol", Json::Number, path).text.c_str(), nullptr);
    params.digest = word("capture") == "digest";
    params.threads = number("threads", 4096);
    params.warmup = number("warmup", 1000000);
    params.iterations = number("iterations", 1000000);
    params.slow_percent = json.keys.count("slow_percent") ? number("slow_percent", 255) : 0;
    for (const Json& mark : field(json, "work", Json::Array, path).list) params.work.insert(mark.text);
    if (params.threads == 0 || params.iterations == 0) {
        throw Refusal{path + ": `threads` and `iterations` are 1 or more", "see bins/README.md"};
    }
    return params;
}

// ------------------------------------------------------------------------------ the data

class Data {
public:
    explicit Data(std::string folder) : folder_(std::move(folder)), place_(folder_ + "/manifest.json") {
        std::string text = read_file(place_, DOCUMENT_BYTES_MAX);
        manifest_ = JsonReader(text, place_).whole();
    }

    void hold(const std::string& dataset) const {
        allow("params.json", "dataset", dataset, field(manifest_, "dataset", Json::String, place_).text);
    }

    // A file is read once: what is hashed is what is parsed.
    template <class T>
    Array<T> input(const std::string& name) const {
        return read<T>(named(field(manifest_, "inputs", Json::Array, place_), name, "input"));
    }

    std::vector<std::size_t> rows(const std::string& split, const std::string& part, std::size_t count) const {
        const Json& scheme = named(field(manifest_, "splits", Json::Array, place_), split, "split");
        Array<std::int64_t> numbers = read<std::int64_t>(named(field(scheme, "parts", Json::Array, place_), part, "part"));
        for (std::int64_t row : numbers.values) {
            if (row < 0 || std::size_t(row) >= count) {
                throw Refusal{place_ + ": part `" + part + "` names row " + std::to_string(row), "make the data again"};
            }
        }
        return {numbers.values.begin(), numbers.values.end()};
    }

private:
    const Json& named(const Json& list, const std::string& name, const std::string& kind) const {
        for (const Json& entry : list.list) {
            if (field(entry, "name", Json::String, place_).text == name) return entry;
        }
        throw Refusal{place_ + ": no " + kind + " `" + name + "`", "is this the task's dataset?"};
    }

    template <class T>
    Array<T> read(const Json& entry) const {
        std::string name = field(entry, "path", Json::String, place_).text;
        if (name.empty() || name[0] == '.' || name.find('/') != std::string::npos) {
            throw Refusal{place_ + ": `" + name + "` is no plain file name", "make the data again"};
        }
        std::string path = folder_ + "/" + name;
        std::uint64_t size = whole_number(field(entry, "bytes", Json::Number, place_).text, place_, SIZE_MAX);
        std::string bytes = read_file(path, size);
        std::string sha256 = Sha256::of(bytes), wanted = field(entry, "sha256", Json::String, place_).text;
        if (bytes.size() != size || sha256 != wanted) {
            throw Refusal{path + ": sha256 " + sha256 + "; the manifest says " + wanted, "make the data again"};
        }
        std::vector<std::size_t> shape;
        for (const Json& length : field(entry, "shape", Json::Array, place_).list) {
            shape.push_back(whole_number(length.text, place_, SIZE_MAX));
        }
        Array<T> array = parse_npy<T>(bytes, shape, path);
        for (T value : array.values) {
            if (!std::isfinite(static_cast<double>(value))) {
                throw Refusal{path + ": holds values that are not finite", "remove those rows and make the data again"};
            }
        }
        return array;
    }

    std::string folder_, place_;
    Json manifest_;
};

// ------------------------------------------------------------------------- least squares

// Columns lie one after another: everything below runs along columns.
struct Matrix {
    std::size_t rows, columns;
    std::vector<double> values;

    Matrix(std::size_t rows, std::size_t columns) : rows(rows), columns(columns), values(rows * columns) {}
    double* column(std::size_t j) { return values.data() + j * rows; }
    const double* column(std::size_t j) const { return values.data() + j * rows; }
};

// Eight sums side by side: the compiler may not reorder one, and one would wait for itself.
double dot(const double* a, const double* b, std::size_t n) {
    double sums[8] = {};
    std::size_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (std::size_t k = 0; k < 8; ++k) sums[k] += a[i + k] * b[i + k];
    }
    double sum = 0;
    for (; i < n; ++i) sum += a[i] * b[i];
    for (double part : sums) sum += part;
    return sum;
}

void subtract(double* from, const double* what, double times, std::size_t n) {
    for (std::size_t i = 0; i < n; ++i) from[i] -= times * what[i];
}

// A reflection that turns x into (alpha, 0, …, 0); x becomes v with v[0] beside it, and tau scales it.
struct Reflection {
    double alpha, tau;
};

Reflection reflect(double* x, std::size_t n) {
    double tail = n > 1 ? dot(x + 1, x + 1, n - 1) : 0.0;
    if (tail == 0.0) return {x[0], 0.0};
    double alpha = -std::copysign(std::sqrt(x[0] * x[0] + tail), x[0]);
    double head = x[0] - alpha;
    double tau = -head / alpha;
    for (std::size_t i = 1; i < n; ++i) x[i] /= head;
    x[0] = 1.0;
    return {alpha, tau};
}

void apply(const Reflection& reflection, const double* v, double* to, std::size_t n) {
    if (reflection.tau != 0.0) subtract(to, v, reflection.tau * dot(v, to, n), n);
}

// A P = Q R with column pivoting. Column k holds R above its diagonal and the reflection from it on.
struct Factored {
    Matrix a;
    std::vector<Reflection> reflections;
    std::vector<std::size_t> order;

    double r(std::size_t i, std::size_t j) const { return i == j ? reflections[i].alpha : a.column(j)[i]; }
};

Factored factor(Matrix a, bool pivoted) {
    std::size_t steps = std::min(a.rows, a.columns);
    std::vector<std::size_t> order(a.columns);
    std::vector<double> squares(a.columns), fresh(a.columns);
    for (std::size_t j = 0; j < a.columns; ++j) {
        order[j] = j;
        squares[j] = fresh[j] = dot(a.column(j), a.column(j), a.rows);
    }
    std::vector<Reflection> reflections;
    for (std::size_t k = 0; k < steps; ++k) {
        std::size_t largest = pivoted ? std::max_element(squares.begin() + k, squares.end()) - squares.begin() : k;
        if (largest != k) {
            std::swap_ranges(a.column(k), a.column(k) + a.rows, a.column(largest));
            std::swap(order[k], order[largest]);
            std::swap(squares[k], squares[largest]);
            std::swap(fresh[k], fresh[largest]);
        }
        std::size_t rest = a.rows - k;
        reflections.push_back(reflect(a.column(k) + k, rest));
        for (std::size_t j = k + 1; j < a.columns; ++j) {
            double* column = a.column(j) + k;
            apply(reflections[k], a.column(k) + k, column, rest);
            // Downdated, and computed anew where so much was taken away that rounding would show.
            squares[j] -= column[0] * column[0];
            if (squares[j] <= 1e-8 * fresh[j]) {
                squares[j] = fresh[j] = rest > 1 ? dot(column + 1, column + 1, rest - 1) : 0.0;
            }
        }
    }
    return {std::move(a), std::move(reflections), std::move(order)};
}

// The pivoted diagonal stands in for the singular values, which it follows closely but for made-up cases.
std::size_t rank_of(const Factored& factored, double tol) {
    const auto& diagonal = factored.reflections;
    if (diagonal.empty()) return 0;
    double smallest = tol * std::fabs(diagonal[0].alpha);
    std::size_t rank = 0;
    while (rank < diagonal.size() && std::fabs(diagonal[rank].alpha) > smallest) ++rank;
    return rank;
}

// [R11 R12] z = c for the z of least norm: by the QR of its transpose, or straight where rank is full.
std::vector<double> back_substituted(const Factored& factored, const std::vector<double>& c, std::size_t rank) {
    std::size_t columns = factored.a.columns;
    std::vector<double> z(columns, 0.0);
    if (rank == columns) {
        for (std::size_t i = rank; i-- > 0;) {
            double sum = c[i];
            for (std::size_t j = i + 1; j < rank; ++j) sum -= factored.r(i, j) * z[j];
            z[i] = sum / factored.r(i, i);
        }
        return z;
    }
    Matrix transposed(columns, rank);
    for (std::size_t i = 0; i < rank; ++i) {
        for (std::size_t j = i; j < columns; ++j) transposed.column(i)[j] = factored.r(i, j);
    }
    Factored second = factor(std::move(transposed), false);
    for (std::size_t i = 0; i < rank; ++i) {
        double sum = c[i];
        for (std::size_t j = 0; j < i; ++j) sum -= second.r(j, i) * z[j];
        z[i] = sum / second.r(i, i);
    }
    for (std::size_t k = rank; k-- > 0;) {
        apply(second.reflections[k], second.a.column(k) + k, z.data() + k, columns - k);
    }
    return z;
}

struct Model {
    std::vector<double> coefficients;
    double intercept;
};

double mean(const double* values, std::size_t n) {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += values[i];
    return n ? sum / static_cast<double>(n) : 0.0;
}

Model fit(Matrix x, std::vector<double> y, bool fit_intercept, double tol) {
    std::vector<double> means(x.columns, 0.0);
    double y_mean = 0.0;
    if (fit_intercept) {
        y_mean = mean(y.data(), y.size());
        for (double& value : y) value -= y_mean;
        for (std::size_t j = 0; j < x.columns; ++j) {
            means[j] = mean(x.column(j), x.rows);
            for (std::size_t i = 0; i < x.rows; ++i) x.column(j)[i] -= means[j];
        }
    }
    Factored factored = factor(std::move(x), true);
    for (std::size_t k = 0; k < factored.reflections.size(); ++k) {
        apply(factored.reflections[k], factored.a.column(k) + k, y.data() + k, y.size() - k);
    }
    std::vector<double> z = back_substituted(factored, y, rank_of(factored, tol));
    Model model{std::vector<double>(z.size()), y_mean};
    for (std::size_t j = 0; j < z.size(); ++j) model.coefficients[factored.order[j]] = z[j];
    model.intercept -= dot(means.data(), model.coefficients.data(), means.size());
    return model;
}

std::vector<double> predict(const Model& model, const Matrix& x) {
    std::vector<double> out(x.rows, model.intercept);
    for (std::size_t j = 0; j < x.columns; ++j) subtract(out.data(), x.column(j), -model.coefficients[j], x.rows);
    return out;
}

// ------------------------------------------------------------------------------- the run

std::uint64_t now_ns() {
    timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return std::uint64_t(time.tv_sec) * 1000000000u + std::uint64_t(time.tv_nsec);
}

class Marks {
public:
    explicit Marks(const Params& params) : params_(params) {}

    // With slow_percent a mark of the work is held open for that share of its own time.
    template <class Work>
    auto timed(const std::string& name, std::uint64_t iteration, Work work) {
        std::uint64_t start = now_ns();
        auto result = work();
        std::uint64_t done = now_ns(), percent = params_.work.count(name) ? params_.slow_percent : 0;
        std::uint64_t until = done + (done - start) * percent / 100;
        while (percent && now_ns() < until) {
        }
        std::uint64_t end = now_ns();
        text_ += (text_.empty() ? "" : ",") + std::string("{\"name\":") + quoted(name) +
                 ",\"iteration\":" + std::to_string(iteration) + ",\"start_ns\":" + std::to_string(start) +
                 ",\"end_ns\":" + std::to_string(end) + "}";
        return result;
    }

    std::string json() const { return "[" + text_ + "]"; }

private:
    const Params& params_;
    std::string text_;
};

struct Loaded {
    Matrix x_train, x_test;
    std::vector<double> y_train;
};

Matrix picked(const Array<double>& x, const std::vector<std::size_t>& rows) {
    Matrix out(rows.size(), x.shape[1]);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        for (std::size_t j = 0; j < out.columns; ++j) out.column(j)[i] = x.values[rows[i] * out.columns + j];
    }
    return out;
}

Loaded load(const Data& data, const std::string& split) {
    Array<double> x = data.input<double>("x"), y = data.input<double>("y");
    if (x.shape.size() != 2 || y.shape.size() != 1 || x.shape[0] != y.shape[0]) {
        throw Refusal{"manifest.json: `x` and `y` have no fitting shapes", "is this the task's dataset?"};
    }
    std::vector<std::size_t> train = data.rows(split, "train", y.shape[0]), test = data.rows(split, "test", y.shape[0]);
    Loaded loaded{picked(x, train), picked(x, test), {}};
    for (std::size_t row : train) loaded.y_train.push_back(y.values[row]);
    return loaded;
}

using Outputs = std::vector<std::pair<std::string, std::vector<double>>>;

Outputs work(const Params& params, const Data& data, Marks& marks) {
    Loaded loaded = marks.timed("load", 0, [&] { return load(data, params.split); });
    std::optional<Model> model = marks.timed("setup", 0, [] { return std::optional<Model>(); });
    std::vector<double> predictions;
    for (std::uint64_t iteration = 0; iteration < params.warmup + params.iterations; ++iteration) {
        model = marks.timed("fit", iteration, [&] {
            return fit(loaded.x_train, loaded.y_train, params.fit_intercept, params.tol);
        });
        predictions = marks.timed("predict", iteration, [&] { return predict(*model, loaded.x_test); });
    }
    std::vector<double> fitted = predict(*model, loaded.x_train);
    double squared_errors = 0.0;
    for (std::size_t i = 0; i < fitted.size(); ++i) {
        squared_errors += (loaded.y_train[i] - fitted[i]) * (loaded.y_train[i] - fitted[i]);
    }
    return {{"coefficients", model->coefficients},
            {"intercept", {model->intercept}},
            {"objective", {squared_errors}},
            {"predictions", predictions}};
}

// The first output that is not finite: such a run is no result.
std::string diverged(const Outputs& outputs) {
    for (const auto& [name, values] : outputs) {
        for (double value : values) {
            if (!std::isfinite(value)) return "diverged: `" + name + "` holds a value that is not finite";
        }
    }
    return "";
}

std::string leave(const Outputs& outputs, const Params& params, const std::string& out) {
    if (!params.digest) make_folder(out + "/outputs");
    std::string artifacts;
    std::size_t total = 0;
    for (const auto& [name, values] : outputs) {
        std::string bytes = npy(values);
        total += bytes.size();
        if (!params.digest && total > OUTPUT_BYTES_MAX) throw Refusal{"outputs of more than 16 MiB", "use capture digest"};
        artifacts += (artifacts.empty() ? "" : ",") + std::string("{\"name\":") + quoted(name);
        if (!params.digest) {
            write_whole(out + "/outputs", name + ".npy", bytes);
            artifacts += ",\"path\":" + quoted("outputs/" + name + ".npy");
        }
        artifacts += ",\"shape\":[" + std::to_string(values.size()) + "],\"bytes\":" + std::to_string(bytes.size()) +
                     ",\"sha256\":" + quoted(Sha256::of(bytes)) + "}";
    }
    return "[" + artifacts + "]";
}

int conduct(const std::map<std::string, std::string>& flags) {
    Params params = read_params(flags.at("--params"));
    std::uint64_t seed = whole_number(flags.at("--seed"), "--seed", UINT64_MAX);
    Data data(flags.at("--data"));
    data.hold(params.dataset);
    make_folder(flags.at("--out"));
    Marks marks(params);
    Outputs outputs = work(params, data, marks);
    std::string reason = diverged(outputs);
    std::string artifacts = reason.empty() ? leave(outputs, params, flags.at("--out")) : "[]";
    std::string outcome = "{\"protocol\":" + quoted(PROTOCOL) + ",\"run_id\":" + quoted(params.run_id) +
                          ",\"status\":" + (reason.empty() ? "\"done\"" : "\"failed\",\"reason\":" + quoted(reason)) +
                          ",\"seed\":" + std::to_string(seed) + ",\"marks\":" + marks.json() +
                          ",\"versions\":{\"g++\":" + quoted(__VERSION__) + "},\"artifacts\":" + artifacts + "}";
    write_whole(flags.at("--out"), "outcome.json", outcome);
    if (reason.empty()) return 0;
    std::cerr << "error: " << reason << "\n";
    return 1;
}

std::string describe() {
    return "{\"protocol\":" + quoted(PROTOCOL) + ",\"implementation\":" + quoted(NAME) +
           ",\"class\":\"tuned\",\"task\":\"regression\",\"framework\":\"c++\",\"framework_version\":" +
           quoted(__VERSION__) +
           ",\"language\":\"other\",\"algorithms\":[\"linear\"],\"devices\":[\"cpu\"],\"modes\":[\"cold\",\"warm\"],"
           "\"requires\":[],\"build\":{\"profile\":\"release\",\"target_cpu\":\"native\",\"features\":[],"
           "\"kernels\":[\"householder qr\"]},\"threads_env\":[]}";
}

const char* HELP =
    "Linear least squares by Householder QR, on one thread.\n\n"
    "  --describe      what this program is, as JSON\n"
    "  --params FILE   the run's order\n"
    "  --data DIR      the prepared data with their manifest.json\n"
    "  --out DIR       where outcome.json and outputs/ are written\n"
    "  --seed N        recorded; nothing here is random\n"
    "  --help          this text\n";

int run(const std::vector<std::string>& arguments) {
    std::map<std::string, std::string> flags;
    for (std::size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i] == "--describe") return std::cout << describe() << "\n", 0;
        if (arguments[i] == "--help" || arguments[i] == "-h") return std::cout << HELP, 0;
        const std::set<std::string> known = {"--params", "--data", "--out", "--seed"};
        if (!known.count(arguments[i])) throw Refusal{"unknown flag `" + arguments[i] + "`", "--help lists the flags"};
        if (i + 1 == arguments.size()) throw Refusal{arguments[i] + ": needs a value", "--help lists the flags"};
        flags[arguments[i]] = arguments[i + 1];
        ++i;
    }
    if (flags.size() != 4) throw Refusal{"--params, --data, --out and --seed are needed together", "--help lists the flags"};
    return conduct(flags);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run({argv + 1, argv + argc});
    } catch (const Refusal& refusal) {
        std::cerr << "error: " << refusal.what << "\nhint: " << refusal.hint << "\n";
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "error: " << error.what() << "\n";
        return 1;
    }
}
