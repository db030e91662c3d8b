// Phase 3, validation: one conformance suite over every implementation, parity a task, and the
// plan without what does not conform.

include { read_json } from './launch.nf'

process CHECK {
    tag { id }

    input:
    path check
    tuple val(task_id), val(id), path('implementation.json'), path('task.json'), path('datasets/*')

    output:
    path 'out/*.json', emit: certificate
    tuple val(task_id), path('out/*'), emit: shown

    script:
    '''
    ./check conform --root "$FERROBENCH_ROOT" --implementation implementation.json --task task.json \
        --dataset datasets/*.json --out out
    '''
}

process PARITY {
    tag { task_id }

    input:
    path check
    tuple val(task_id), path('task.json'), path('datasets/*'), path('certificates/*')

    output:
    path 'out/parity.jsonl'

    script:
    '''
    ./check parity --root "$FERROBENCH_ROOT" --task task.json --dataset datasets/*.json \
        --certificates certificates --out out
    '''
}

process ADMIT {
    input:
    path plan
    path 'plan.json'
    path 'blocks/*'
    path 'certificates/*'

    output:
    path 'out/plan.json', emit: plan
    path 'out/plan.txt', emit: words
    path 'out/blocks/*.json', emit: blocks, optional: true

    script:
    '''
    ./plan admit --root "$FERROBENCH_ROOT" --plan plan.json --blocks blocks \
        --certificates certificates --out out
    '''
}

def smoke_cases(tasks, manifests) {
    def chosen = manifests.collect { [read_json(it).choice, it] }
    tasks.findResults { task ->
        def spec = read_json(task)
        def wanted = spec.algorithms.collect { _id, algorithm -> algorithm.smoke_dataset ?: spec.smoke.dataset }.unique()
        def found = wanted.findResults { choice -> chosen.find { it[0] == choice }?.getAt(1) }
        found.size() == wanted.size() ? [spec.task, task, found] : null
    }
}

workflow VALIDATION {
    take:
    check
    plan_step
    tasks // all task.json files
    implementations // all implementation.json files
    datasets // all data manifests
    plan
    blocks

    main:
    // [task id, task.json, the data manifests of the task's smoke case]
    smoke = tasks.combine(datasets.map { [it] }).flatMap { found -> smoke_cases(found.init(), found.last()) }
    built = implementations.flatten().map { [read_json(it).task, it.baseName, it] }
    CHECK(check, built.combine(smoke, by: 0))
    certificates = CHECK.out.certificate.collect(sort: true)
    shown = CHECK.out.shown.groupTuple().map { id, files -> [id, files.flatten().sort { it.name }] }

    PARITY(check, smoke.join(shown))
    parity = PARITY.out.collect(sort: true)

    ADMIT(plan_step, plan, blocks, certificates)

    emit:
    certificates
    parity
    plan = ADMIT.out.plan
    blocks = ADMIT.out.blocks.flatten() // one file a block
    words = ADMIT.out.words // the plan for people
    done = parity.map { true } // nothing may run beside a measured run
}
