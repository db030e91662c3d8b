// Phase 3, validation: one conformance suite over every implementation, parity a task, and the
// plan without what does not conform.

include { read_json } from './launch.nf'

process CHECK {
    tag { id }

    input:
    path check
    tuple val(task_id), val(id), path('implementation.json'), path('task.json'), path('datasets/*'), path('services/*')

    output:
    path 'out/*.json', emit: certificate
    tuple val(task_id), path('out/*'), emit: shown

    script:
    '''
    services=()
    for service in services/*; do
        [ ! -f "$service" ] || services+=(--service "$service")
    done
    ./check conform --root "$FERROBENCH_ROOT" --implementation implementation.json --task task.json \
        --dataset datasets/*.json "${services[@]}" --out out
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

// [task id, task.json, the data manifests of its smoke case, the services that it needs] of each task.
def smoke_cases(tasks, manifests, services) {
    def chosen = manifests.collect { [read_json(it).choice, it] }
    def ready = services.collectEntries { [it.baseName, it] }
    tasks.findResults { task ->
        def spec = read_json(task)
        def wanted = spec.algorithms.collect { _id, algorithm -> algorithm.smoke_dataset ?: spec.smoke.dataset }.unique()
        def found = wanted.findResults { choice -> chosen.find { it[0] == choice }?.getAt(1) }
        def beside = (spec.services ?: []).findResults { ready[it] }
        found.size() == wanted.size() ? [spec.task, task, found, beside] : null
    }
}

workflow VALIDATION {
    take:
    check
    plan_step
    tasks // all task.json files
    implementations // all implementation.json files
    datasets // all data manifests
    services // all that are ready
    plan
    blocks

    main:
    smoke = tasks.combine(datasets.map { [it] }).combine(services.map { [it] })
        .flatMap { found -> smoke_cases(found.dropRight(2), found[-2], found[-1]) }
    built = implementations.flatten().map { [read_json(it).task, it.baseName, it] }
    CHECK(check, built.combine(smoke, by: 0))
    certificates = CHECK.out.certificate.collect(sort: true)
    shown = CHECK.out.shown.groupTuple().map { id, files -> [id, files.flatten().sort { it.name }] }

    PARITY(check, smoke.map { it.take(3) }.join(shown))
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
