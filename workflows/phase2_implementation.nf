// Phase 2, implementation: executables, data, and the plan with one fully resolved file a block.

include { no_faults; kept_if_built } from './launch.nf'

process BUILD {
    tag { id }
    maxForks 1 // each build has all cores, and its time is recorded

    input:
    path prepare
    tuple val(id), path('request.json')
    val ready

    output:
    tuple path('out/*.json'), path('cacheable')

    script:
    '''
    ./prepare build --root "$FERROBENCH_ROOT" --request request.json --out out
    touch cacheable
    '''
}

process DATA {
    tag { id }

    input:
    path prepare
    tuple val(id), path('request.json')

    output:
    path 'out/*.json', emit: dataset, optional: true
    path 'faults.txt', emit: faults

    script:
    '''
    "$FERROBENCH_ROOT/scripts/guard" ./prepare data --root "$FERROBENCH_ROOT" --request request.json --out out
    '''
}

process SERVICE {
    tag { id }
    maxForks 1 // an embedded server is built, as the implementations are

    input:
    path prepare
    path attach
    tuple val(id), path('request.json')
    val ready

    output:
    path 'out/*.json', emit: service, optional: true
    path 'faults.txt', emit: faults

    script:
    '''
    "$FERROBENCH_ROOT/scripts/guard" ./prepare service --root "$FERROBENCH_ROOT" \
        --request request.json --attach attach --out out
    '''
}

process EXPAND {
    input:
    path plan
    path selection
    path 'implementations/*'
    path 'datasets/*'
    path 'services/*'
    path measure
    path launch
    val ready

    output:
    path 'out/plan.json', emit: plan, optional: true
    path 'out/blocks/*.json', emit: blocks, optional: true
    path 'faults.txt', emit: faults

    script:
    '''
    "$FERROBENCH_ROOT/scripts/guard" ./plan expand --root "$FERROBENCH_ROOT" --selection selection.json \
        --implementations implementations --datasets datasets --services services \
        --measure measure --launcher launch --out out
    '''
}

workflow IMPLEMENTATION {
    take:
    prepare
    plan
    measure
    launch
    attach
    environment // faults of making it
    selection
    builds
    datasets
    services
    selected // true once phase 1 found no fault

    main:
    environment_ready = environment.map { no_faults([it]) }
    BUILD(prepare, builds.map { [it.baseName, it] }, environment_ready)
    DATA(prepare, datasets.map { [it.baseName, it] })
    data_ready = DATA.out.faults.collect().map { no_faults(it) }

    implementations = BUILD.out.map { implementation, cacheable -> kept_if_built(implementation, cacheable) }.collect(sort: true)
    manifests = DATA.out.dataset.collect(sort: true)
    SERVICE(prepare, attach, services.map { [it.baseName, it] }, environment_ready)
    services_ready = SERVICE.out.faults.collect().ifEmpty([]).map { no_faults(it) }
    served = SERVICE.out.service.collect(sort: true).ifEmpty([])

    EXPAND(plan, selection, implementations, manifests, served, measure, launch,
        data_ready.combine(selected).combine(services_ready).map { true })

    emit:
    implementations
    datasets = manifests
    services = served
    plan = EXPAND.out.plan
    blocks = EXPAND.out.blocks
    done = EXPAND.out.faults.map { no_faults([it]) }
}
