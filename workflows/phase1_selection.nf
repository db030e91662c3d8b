// Phase 1, selection: config, options and machine become the study as it will run.

include { no_faults } from './launch.nf'

// Always run, for the machine may have changed. What it writes is compared by content, so where
// nothing changed nothing that follows runs again.
process SELECT {
    cache false

    input:
    path select
    path 'tasks/*'
    stdin

    output:
    path 'out/selection.json', emit: selection, optional: true
    path 'out/builds/*.json', emit: builds, optional: true
    path 'out/datasets/*.json', emit: datasets, optional: true
    path 'out/services/*.json', emit: services, optional: true
    path 'faults.txt', emit: faults

    script:
    '''
    cat > options.json
    "$FERROBENCH_ROOT/scripts/guard" ./select --root "$FERROBENCH_ROOT" \
        --options options.json --tasks tasks --out out
    '''
}

workflow SELECTION {
    take:
    select
    tasks
    options // JSON text

    main:
    SELECT(select, tasks, options)

    emit:
    selection = SELECT.out.selection
    builds = SELECT.out.builds.flatten() // one request an implementation
    datasets = SELECT.out.datasets.flatten() // one request a dataset
    services = SELECT.out.services.flatten() // one request a service
    done = SELECT.out.faults.map { no_faults([it]) }
}
