// Phase 5, analysis: quality and parity of every run, statistics, plots.

include { read_json } from './launch.nf'

process EVALUATE {
    tag { id }

    input:
    path evaluate
    tuple val(id), path(block), path('task.json')

    output:
    path 'out/*'

    script:
    """
    ./evaluate --root "\$FERROBENCH_ROOT" --block $block --task task.json --out out
    """
}

process ANALYZE {
    input:
    path analyze
    path 'selection.json'
    path 'plan.json'
    path 'blocks/*'
    path 'evaluations/*'
    path 'parity/?/*'

    output:
    path 'out/*'

    script:
    '''
    mkdir -p blocks evaluations parity
    ./analyze --selection selection.json --plan plan.json --blocks blocks \
        --evaluations evaluations --parity parity --out out
    '''
}

process PLOT {
    input:
    path plot
    path 'analysis.json'

    output:
    path 'out/*'

    script:
    '''
    ./plot --analysis analysis.json --out out
    '''
}

workflow ANALYSIS {
    take:
    evaluate
    analyze
    plot
    tasks // all task.json files
    selection
    plan
    blocks // all finished blocks' folders
    parity // parity.jsonl of phase 3, one a task

    main:
    specs = tasks.map { found -> [[found].flatten().collectEntries { [it.baseName, it] }] }
    EVALUATE(evaluate, blocks.flatten().combine(specs).map { block, by_task ->
        [block.name, block, by_task[read_json(block.resolve('block.json')).cell.task]]
    })
    ANALYZE(analyze, selection, plan, blocks, EVALUATE.out.collect(sort: true).ifEmpty([]), parity)
    PLOT(plot, ANALYZE.out.map { files -> files.find { it.name == 'analysis.json' } })

    emit:
    analysis = ANALYZE.out // analysis.json with its tables
    plots = PLOT.out // SVG files and plots.json
}
