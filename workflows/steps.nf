// Before the phases: the steps' executables, what each task is, and the twins' Python environment.

include { source_digest } from './launch.nf'

// One cargo call for all steps and for each task's framework-free `<task>_task`. What comes out
// is compared by content: a step that a change left alone does not run again.
process BUILD_STEPS {
    input:
    val digest

    output:
    path 'bin/select', emit: select
    path 'bin/prepare', emit: prepare
    path 'bin/plan', emit: plan
    path 'bin/check', emit: check
    path 'bin/measure', emit: measure
    path 'bin/launch', emit: launch
    path 'bin/attach', emit: attach
    path 'bin/evaluate', emit: evaluate
    path 'bin/analyze', emit: analyze
    path 'bin/plot', emit: plot
    path 'bin/assess', emit: assess
    path 'bin/publish', emit: publish
    path 'tasks/*.json', emit: tasks

    script:
    '''
    "$FERROBENCH_ROOT/scripts/build-steps" bin tasks
    '''
}

// Always looked at, made only where it is missing: it may have been deleted since.
process ENVIRONMENT {
    cache false

    output:
    path 'faults.txt'

    script:
    '''
    "$FERROBENCH_ROOT/scripts/guard" "$FERROBENCH_ROOT/scripts/environment" core > environment.txt
    '''
}

workflow STEPS {
    main:
    BUILD_STEPS(source_digest())
    ENVIRONMENT()

    emit:
    select = BUILD_STEPS.out.select
    prepare = BUILD_STEPS.out.prepare
    plan = BUILD_STEPS.out.plan
    check = BUILD_STEPS.out.check
    measure = BUILD_STEPS.out.measure
    launch = BUILD_STEPS.out.launch
    attach = BUILD_STEPS.out.attach
    evaluate = BUILD_STEPS.out.evaluate
    analyze = BUILD_STEPS.out.analyze
    plot = BUILD_STEPS.out.plot
    assess = BUILD_STEPS.out.assess
    publish = BUILD_STEPS.out.publish
    tasks = BUILD_STEPS.out.tasks
    environment = ENVIRONMENT.out
}
