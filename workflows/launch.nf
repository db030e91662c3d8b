// What the wiring itself needs: where the checkout is, what was asked for, how faults and the end are told.

import groovy.json.JsonOutput
import groovy.json.JsonSlurper
import java.nio.file.Files
import java.nio.file.Path

// The folder of Cargo.toml: projectDir for main.nf, the folder above it for an entry in workflows/.
def checkout() {
    Files.exists(projectDir.resolve('Cargo.toml')) ? projectDir : projectDir.parent
}

// By content alone: a `touch` re-runs nothing.
def source_digest() {
    def command = [checkout().resolve('scripts/source-digest').toString()]
    def process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    def digest = process.inputStream.text.trim()
    if (process.waitFor() != 0) {
        stop(['error: scripts/source-digest failed', 'hint: see its message above; is this a whole checkout?'])
    }
    digest
}

// Parameters of a cluster stand in the head of a job's script: the first job already needs them to be as
// the schema says, while the others wait for `select`. Gives back what it was given.
def checked(parameters) {
    def properties = new JsonSlurper().parse(checkout().resolve('nextflow_schema.json').toFile()).properties
    def told = parameters.findAll { name, value ->
        def pattern = properties[name]?.pattern
        pattern && value != null && !(value.toString() ==~ pattern)
    }.collectMany { name, value ->
        ["error: --$name: `$value` does not match ${properties[name].pattern}", "hint: ${properties[name].description}"]
    }
    if (told) {
        stop(told)
    }
    parameters
}

// The parameters as `select` reads them. Nextflow keeps `--no-wait` as `no-wait` and as `noWait`:
// both become no_wait. A path that was given starts where the person stands, the default in the checkout.
def options_json(parameters) {
    def text_options = new JsonSlurper().parse(checkout().resolve('nextflow_schema.json').toFile()).properties
        .findAll { name, schema -> 'string' in [schema.type].flatten() }.keySet()
    def options = [:]
    parameters.each { name, value ->
        def key = name.replaceAll(/([a-z])([A-Z])/, '$1_$2').replace('-', '_').toLowerCase()
        options[key] = key in text_options && value instanceof Number ? value.toString() : value
    }
    def study = workflow.launchDir.resolve(options.study.toString())
    if (Files.isRegularFile(study)) {
        options.study = study.toString()
    }
    if (options.dataset instanceof String) {
        options.dataset = from_launch(options.dataset)
    }
    if (options.dataset_file instanceof String) {
        // NAME=FILE,NAME=FILE: a comma that no NAME= follows belongs to the file.
        options.dataset_file = options.dataset_file.split(/,(?=[a-z0-9_]+=)/).collect {
            def (name, file) = it.split('=', 2).toList()
            file ? "$name=${from_launch(file)}" : it
        }.join(',')
    }
    if (options.outdir instanceof String && options.outdir != 'results') {
        options.outdir = workflow.launchDir.resolve(options.outdir).toString()
    }
    JsonOutput.toJson(options)
}

// A file that a person names starts where the person stands; a URL is left as it is.
def from_launch(file) {
    file ==~ /[a-zA-Z0-9+-]+:\/\/.*/ ? file : workflow.launchDir.resolve(file).toString()
}

def read_json(path) {
    new JsonSlurper().parse(path.toFile())
}

// Bad input: the faults alone, no page about a failed process, exit 2.
def stop(lines) {
    lines.each { System.err.println(it) }
    System.err.flush()
    System.exit(2)
}

// Files that scripts/guard wrote. A fault's file is deleted, so that the task which found the
// fault is no longer complete and -resume looks again. True where there is no fault.
def no_faults(files) {
    def told = files.findAll { Files.size(it) > 0 }
    if (told) {
        def lines = told.collectMany { it.text.readLines() }.unique()
        told.each { Files.delete(it) }
        stop(lines)
    }
    true
}

// What could not be built is left out of this run, and tried again by the next: without all of its
// outputs a task is not taken from the cache.
def kept_if_built(implementation, cacheable) {
    if (read_json(implementation).problem) {
        Files.delete(cacheable)
    }
    implementation
}

// Nextflow takes a finished block from its cache without looking at it. What was damaged in the work
// folder since is made again from the block store, before anything reads it.
def mended(folder, block, measure) {
    def command = [measure, '--root', checkout(), '--block', block, '--out', folder.parent, '--mend']
    def process = new ProcessBuilder(command*.toString()).redirectErrorStream(true).start()
    def said = process.inputStream.text.readLines()
    if (process.waitFor() != 0) {
        stop(said)
    }
    said.each { System.err.println(it) }
    folder
}

// When blocks were last asked for anew (--fresh). It is part of what MEASURE's cache goes by: after
// it the block store answers, not an older task.
def fresh_since(fresh) {
    def kept = checkout().resolve('.ferrobench/fresh')
    if (fresh) {
        Files.createDirectories(kept.parent)
        kept.text = workflow.start.toString()
    }
    Files.exists(kept) ? kept.text : ''
}

// PUBLISH's last word is kept for the end of the run. Each script that includes this file has its own
// copy of it; a system property is the one thing that they share.
def keep_summary(published) {
    System.setProperty('ferrobench.published', published.toString())
}

// The last words: the answer, where the report is, and an honest exit code.
def conclude() {
    def kept = System.getProperty('ferrobench.published')
    def published = kept ? read_json(file(kept)) : null
    if (published) {
        println ''
        published.summary_lines.each { println it }
        println "report: ${published.report}"
    }
    def errors = []
    def hints = []
    def failed_tasks = "nextflow log $workflow.runName -f name,exit,workdir -F 'status == \"FAILED\"'"
    if (published?.runs?.unexpected) {
        errors << "${published.runs.unexpected} runs failed unexpectedly; the report names them"
        hints << "why: grep -ho '\"message\":\"[^\"]*\"' '${file(published.report).parent}'/records/*/records.jsonl"
    }
    if (workflow.stats.ignoredCount) {
        errors << "${workflow.stats.ignoredCount} tasks failed and were left out; -resume tries them again"
        hints << "why: $failed_tasks, and .command.err in the folder that it names"
    }
    if (workflow.success && !published) {
        errors << 'nothing was published'
    }
    errors.each { System.err.println("error: $it") }
    hints.each { System.err.println("hint: $it") }
    if (!workflow.success) {
        System.err.println("hint: why: $failed_tasks, and .command.err in the folder that it names")
        System.err.println('hint: -resume goes on from here, and nothing that is finished is lost')
    } else if (errors) {
        System.exit(1)
    }
}
