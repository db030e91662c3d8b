// Phase 4, execution: one block at a time.

include { checkout; read_json; fresh_since; mended } from './launch.nf'
include { count_finished; tell_progress } from './progress.nf'

// What a report on unfinished work needs besides the blocks themselves, at a place that
// scripts/partial-report knows. Nothing is measured yet while it runs.
process KEEP_FOR_PARTIAL_REPORT {
    cache false

    input:
    path 'selection.json'
    path 'plan.json'
    path 'implementations/*'
    path 'certificates/*'
    path 'parity/?/*'
    stdin // where results go
    val ready

    output:
    val true

    script:
    '''
    "$FERROBENCH_ROOT/scripts/partial-report" keep
    '''
}

// The unit of resuming. Its inputs are the block file and the program that measures it, which the
// block names with its digest: a block that a change left alone is never measured again.
process MEASURE {
    tag { id }
    maxForks 1
    debug true // the block's own line, as soon as it is done
    // 75: the machine failed, not the block. Above 128: a signal ended it. Both are another attempt,
    // counted. Any other failure leaves this block out; the rest goes on, and the exit code tells.
    errorStrategy { (task.exitStatus == 75 || task.exitStatus > 128) && task.attempt <= 2 ? 'retry' : 'ignore' }
    maxRetries 2

    input:
    tuple val(id), val(task_id), path('block.json'), path('measure')
    val flags // fixed words, none from outside
    val since
    val ready

    output:
    path 'out/*'

    script:
    """
    ./measure --root "\$FERROBENCH_ROOT" --block block.json --out out $flags
    "\$FERROBENCH_ROOT/scripts/show-block" $task_id out/$id
    "\$FERROBENCH_ROOT/scripts/partial-report" publish
    """
}

workflow EXECUTION {
    take:
    selection
    plan
    words // the plan for people
    blocks // one file a block
    implementations // all implementation.json files
    certificates // all certificates
    parity // parity.jsonl of phase 3, one a task
    ready // true once nothing else runs

    main:
    KEEP_FOR_PARTIAL_REPORT(selection, plan, implementations, certificates, parity,
        selection.map { checkout().resolve(read_json(it).options.outdir).toString() }, ready)
    options = selection.map { read_json(it).options }
    flags = options.map { [it.fresh ? '--fresh' : null, it.no_wait ? '--no-wait' : null].findAll().join(' ') }
    since = options.map { fresh_since(it.fresh) }
    planned = blocks.map { file ->
        def block = read_json(file)
        [block.block_id, block.cell.task, file, checkout().resolve(block.measure.path)]
    }
    // The plan is on the screen before the first run.
    shown = words.map { println it.text.trim(); true }
    MEASURE(planned, flags, since, ready.combine(shown).collect().map { true })

    plan.subscribe { tell_progress(checkout().resolve('.ferrobench/progress.log').toFile(), read_json(it).runs) }
    measured = MEASURE.out.map { [it.name, it] }.join(planned)
        .map { _id, folder, _task, block, measure -> mended(folder, block, measure) }
    measured.subscribe { count_finished(it) }

    emit:
    blocks = measured.collect(sort: true).ifEmpty([])
}
