package io.cairn.engine.pipeline;

/**
 * The monotone positions that link the agents, each with one writer. All are log indices unless said otherwise.
 */
final class PipelinePositions {
    /** Writer: Sequencer. Last entry published in the log. */
    final Position appended;
    /** Writer: Sequencer. Position of the ingress ring up to which requests were taken, and what came of them was published. */
    final Position taken = new Position(0);
    /** Writer: Sequencer. Last entry that may be applied. */
    final Position committed;
    /** Writer: Sequencer. 1 while this member leads and an entry of its term is committed. */
    final Position leading = new Position(0);
    /** Writer: Sequencer. Identity of the cluster, 0 while there is none. */
    final Position clusterId = new Position(0);
    /** Writer: Sequencer. Reads with tickets up to this may be answered. */
    final Position readConfirmed = new Position(0);
    /** Writer: Sequencer, before {@link #readConfirmed}. What must be applied before they are. */
    final Position readIndex = new Position(0);
    /** Writer: Sequencer. Reads with tickets up to this that are not confirmed never will be. */
    final Position readAborted = new Position(0);
    /** Writer: Sequencer. 1 while a damaged entry can only come back with a snapshot of another member. */
    final Position snapshotWanted = new Position(0);
    /** Writer: Applier. Last entry applied. */
    final Position applied;
    /** Writer: Sequencer. 0 until this member serves; then the index that must be applied before it has caught up with its own log. */
    final Position serving = new Position(0);
    /** Writer: Applier. Bytes of log that the entries applied since the start took. */
    final Position appliedBytes = new Position(0);
    /** Writer: Applier. 1 while time alone can change the state (sessions, times to live). */
    final Position timersActive = new Position(0);

    PipelinePositions(final long lastIndex, final long appliedIndex) {
        appended = new Position(lastIndex);
        committed = new Position(appliedIndex);
        applied = new Position(appliedIndex);
    }
}
