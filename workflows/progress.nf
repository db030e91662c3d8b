// Phase 4 as it goes: how many runs are done, what is measured now, and about how long it still takes.

import groovy.transform.Field
import java.util.concurrent.atomic.AtomicInteger

// Runs of blocks that are finished, whether measured now or kept from before.
@Field AtomicInteger finished_runs = new AtomicInteger()

def count_finished(block_folder) {
    finished_runs.addAndGet(new groovy.json.JsonSlurper().parse(block_folder.resolve('block.json').toFile()).rounds*.size().sum(0))
}

// `measure` writes a line a run to .ferrobench/progress.log. A daemon thread looks there every few
// seconds and tells at most one line in half a minute; being a daemon it never keeps Nextflow alive.
def tell_progress(log_file, runs_in_all) {
    def begin = System.currentTimeMillis()
    def offset = log_file.exists() ? log_file.length() : 0L
    Thread.startDaemon('ferrobench-progress') {
        def measured = 0
        def told = 0L
        while (true) {
            sleep(2000)
            def lines = lines_since(log_file, offset)
            offset = lines.offset
            def runs = lines.lines.findAll { it =~ /: run \d+ of \d+ / }
            measured += runs.size()
            def now = System.currentTimeMillis()
            def waiting = lines.lines.findAll { it.contains('waiting') }
            if (now - told > 30000 && (runs || waiting)) {
                told = now
                println progress_line((waiting ?: runs).last(), measured, runs, runs_in_all, now - begin)
            }
        }
    }
}

def progress_line(last, measured, runs, runs_in_all, elapsed_ms) {
    // The last block's runs count twice for a moment when it ends; the estimate survives that.
    def here = runs ? (runs.last() =~ /run (\d+) of/)[0][1] as int : 0
    def left = Math.max(0, runs_in_all - finished_runs.get() - here)
    def seconds = measured ? (elapsed_ms / measured * left / 1000) as long : 0
    def time = seconds >= 90 ? "${Math.round(seconds / 60d)} min" : "$seconds s"
    def remaining = measured ? ", about $time left" : ''
    "phase 4: ${runs_in_all - left} of $runs_in_all runs$remaining; $last"
}

// Whole lines only: the last one may still be being written.
def lines_since(file, offset) {
    if (!file.exists() || file.length() <= offset) {
        return [lines: [], offset: Math.min(offset, file.length())]
    }
    def bytes = file.newInputStream().withCloseable { it.skipNBytes(offset); it.readAllBytes() }
    def text = new String(bytes, 'UTF-8')
    def whole = text.substring(0, text.lastIndexOf('\n') + 1)
    [lines: whole.readLines(), offset: offset + whole.getBytes('UTF-8').length]
}
