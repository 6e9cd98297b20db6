package io.cairn.engine.sim;

import io.cairn.fsm.LogEntry;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.Reply;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import org.agrona.DirectBuffer;

/**
 * A user's machine in a simulated member, watched: whatever it is given and answers goes into the history of all members. Owner: one thread.
 */
final class RecordingMachine implements StateMachine {
    private final int member;
    private final StateMachine machine;
    private final AppliedHistory history;
    private long lastIndex = -1;
    private boolean isClosed;

    RecordingMachine(final int member, final StateMachine machine, final AppliedHistory history) {
        this.member = member;
        this.machine = machine;
        this.history = history;
    }

    /** @return last entry that it was given; negative where none was since it was made or restored. */
    long lastIndex() {
        return lastIndex;
    }

    boolean isClosed() {
        return isClosed;
    }

    @Override
    public void open(final StateMachineContext context) {
        machine.open(context);
    }

    @Override
    public void apply(final LogEntry entry, final Reply reply) {
        machine.apply(entry, reply);
        lastIndex = entry.index();
        history.applied(member, entry, reply);
    }

    @Override
    public boolean isLookingAhead() {
        return machine.isLookingAhead();
    }

    @Override
    public void expect(final DirectBuffer command, final int offset, final int length) {
        machine.expect(command, offset, length);
    }

    @Override
    public void prepare() {
        machine.prepare();
    }

    @Override
    public void tick(final LogEntry entry) {
        machine.tick(entry);
        lastIndex = entry.index();
        history.ticked(member, entry);
    }

    @Override
    public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
        machine.query(request, offset, length, logTimeMs, reply);
    }

    @Override
    public boolean hasTimers() {
        return machine.hasTimers();
    }

    @Override
    public long timerPagesBound() {
        return machine.timerPagesBound();
    }

    @Override
    public MachineSnapshot snapshot() {
        return machine.snapshot();
    }

    @Override
    public void restore(final SnapshotSource source) {
        machine.restore(source);
    }

    @Override
    public int validate(final DirectBuffer command, final int offset, final int length) {
        return machine.validate(command, offset, length);
    }

    @Override
    public int pagesBound(final DirectBuffer command, final int offset, final int length) {
        return machine.pagesBound(command, offset, length);
    }

    @Override
    public void close() {
        isClosed = true;
        machine.close();
    }
}
