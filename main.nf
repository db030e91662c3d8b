// The study named by --study through all six phases: nextflow run main.nf -resume
nextflow.enable.dsl = 2

include { FERROBENCH } from './workflows/ferrobench.nf'
include { checked; conclude } from './workflows/launch.nf'

workflow {
    workflow.onComplete { conclude() }
    FERROBENCH(Channel.value(checked(params)))
}
