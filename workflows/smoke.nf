// All six phases over every task's smallest case: shows that everything works, measures nothing.
nextflow.enable.dsl = 2

include { FERROBENCH } from './ferrobench.nf'
include { checked; conclude } from './launch.nf'

workflow {
    workflow.onComplete { conclude() }
    FERROBENCH(Channel.value(checked(params) + [study: 'smoke']))
}
