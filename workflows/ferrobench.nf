// The six phases, wired. Rust decides, Groovy wires: no grid, statistics or check of a parameter here.

include { options_json; no_faults; keep_summary } from './launch.nf'
include { STEPS } from './steps.nf'
include { SELECTION } from './phase1_selection.nf'
include { IMPLEMENTATION } from './phase2_implementation.nf'
include { VALIDATION } from './phase3_validation.nf'
include { EXECUTION } from './phase4_execution.nf'
include { ANALYSIS } from './phase5_analysis.nf'
include { ASSESSMENT } from './phase6_assessment.nf'

workflow FERROBENCH {
    take:
    parameters // a map, one entry a --NAME VALUE

    main:
    STEPS()
    steps = STEPS.out

    // What phase 1 finds of the Python packages is what the steps before it made.
    options = parameters.combine(steps.environment.map { no_faults([it]) }).map { options_json(it[0]) }.first()
    SELECTION(steps.select, steps.tasks, options)
    selection = SELECTION.out.selection

    IMPLEMENTATION(steps.prepare, steps.plan, steps.measure, steps.launch, steps.attach, steps.environment,
        selection, SELECTION.out.builds, SELECTION.out.datasets, SELECTION.out.services, SELECTION.out.done)

    VALIDATION(steps.check, steps.plan, steps.tasks, IMPLEMENTATION.out.implementations,
        IMPLEMENTATION.out.datasets, IMPLEMENTATION.out.services, IMPLEMENTATION.out.plan, IMPLEMENTATION.out.blocks)

    EXECUTION(selection, VALIDATION.out.plan, VALIDATION.out.words, VALIDATION.out.blocks,
        IMPLEMENTATION.out.implementations, VALIDATION.out.certificates, VALIDATION.out.parity, VALIDATION.out.done)

    ANALYSIS(steps.evaluate, steps.analyze, steps.plot, steps.tasks, selection, VALIDATION.out.plan,
        EXECUTION.out.blocks, VALIDATION.out.parity)

    ASSESSMENT(steps.assess, steps.publish, selection, VALIDATION.out.plan,
        IMPLEMENTATION.out.implementations, VALIDATION.out.certificates, EXECUTION.out.blocks,
        ANALYSIS.out.analysis, ANALYSIS.out.plots)
    ASSESSMENT.out.faults.subscribe { no_faults([it]) }
    ASSESSMENT.out.published.subscribe { keep_summary(it) }
}
