// Phase 6, assessment: the answer as a report, and results/<study>/.

include { checkout; read_json } from './launch.nf'

process ASSESS {
    input:
    path assess
    path 'selection.json'
    path 'plan.json'
    path 'analysis/*'
    path 'plots/*'
    path 'implementations/*'
    path 'certificates/*'
    path 'assessment.yaml'

    output:
    path 'out/*', emit: report, optional: true
    path 'faults.txt', emit: faults

    script:
    '''
    "$FERROBENCH_ROOT/scripts/guard" ./assess --selection selection.json --plan plan.json \
        --analysis analysis/analysis.json --plots plots --implementations implementations \
        --certificates certificates --inputs assessment.yaml --out out
    '''
}

// The only writer of results. Always run: what was published may have been changed or deleted.
process PUBLISH {
    cache false

    input:
    path publish
    path 'selection.json'
    path 'plan.json'
    path 'analysis/*'
    path 'plots/*'
    path 'report/*'
    path 'implementations/*'
    path 'certificates/*'
    path 'blocks/*'
    stdin

    output:
    path 'out/published.json', emit: published, optional: true
    path 'faults.txt', emit: faults

    script:
    '''
    mkdir -p implementations certificates blocks
    outdir=$(cat; printf /)
    "$FERROBENCH_ROOT/scripts/guard" ./publish --outdir "${outdir%/}" \
        --selection selection.json --plan plan.json --analysis analysis --plots plots --report report \
        --implementations implementations --certificates certificates --blocks blocks --out out
    '''
}

workflow ASSESSMENT {
    take:
    assess
    publish
    selection
    plan
    implementations // all implementation.json files
    certificates // all certificates
    blocks // all finished blocks' folders
    analysis
    plots

    main:
    ASSESS(assess, selection, plan, analysis, plots, implementations, certificates,
        checkout().resolve('config/assessment.yaml'))
    PUBLISH(publish, selection, plan, analysis, plots, ASSESS.out.report, implementations, certificates, blocks,
        selection.map { checkout().resolve(read_json(it).options.outdir).toString() })

    emit:
    published = PUBLISH.out.published
    faults = ASSESS.out.faults.mix(PUBLISH.out.faults)
}
