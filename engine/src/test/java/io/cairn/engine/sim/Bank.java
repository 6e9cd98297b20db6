package io.cairn.engine.sim;

import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.LogEntry;
import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.Reply;
import io.cairn.fsm.SnapshotSink;
import io.cairn.fsm.SnapshotSource;
import io.cairn.fsm.StateMachine;
import io.cairn.fsm.StateMachineContext;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.Arrays;

/**
 * A user's machine whose mistakes can be switched on: accounts between which money is moved, so that the sum stays what it was. A command is three
 * bytes: from, to, amount; its answer both balances. A query is an account and is answered with its balance.
 */
class Bank implements StateMachine {
    static final int ACCOUNTS = 8;
    static final long EACH = 100;
    static final int POOR = ApplyStatus.USER_FIRST;
    static final int ACCOUNT_UNKNOWN = ApplyStatus.USER_ERROR_FIRST;
    private static final String FILE = "balances";

    final long[] balances = new long[ACCOUNTS];

    Bank() {
        Arrays.fill(balances, EACH);
    }

    long sum() {
        return Arrays.stream(balances).sum();
    }

    @Override
    public void open(final StateMachineContext context) {
        // All is on the heap.
    }

    @Override
    public int validate(final DirectBuffer command, final int offset, final int length) {
        return 3 == length && command.getByte(offset) < ACCOUNTS && command.getByte(offset + 1) < ACCOUNTS ? ApplyStatus.OK : ACCOUNT_UNKNOWN;
    }

    @Override
    public void apply(final LogEntry entry, final Reply reply) {
        final int from = entry.buffer().getByte(entry.offset());
        final int to = entry.buffer().getByte(entry.offset() + 1);
        final int amount = entry.buffer().getByte(entry.offset() + 2);
        if (balances[from] < amount) {
            reply.only(POOR);
            return;
        }
        balances[from] -= amount;
        balances[to] += amount;
        reply.appendLong(balances[from]);
        reply.appendLong(balances[to]);
    }

    @Override
    public void query(final DirectBuffer request, final int offset, final int length, final long logTimeMs, final Reply reply) {
        reply.appendLong(balances[request.getByte(offset)]);
    }

    /** What goes into a snapshot. */
    int storedAccounts() {
        return ACCOUNTS;
    }

    @Override
    public MachineSnapshot snapshot() {
        return new Copy(Arrays.copyOf(balances, storedAccounts()));
    }

    @Override
    public void restore(final SnapshotSource source) {
        Arrays.fill(balances, EACH);
        final int length = (int)Math.max(0, source.length(FILE));
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[length]);
        if (length > 0) {
            source.read(FILE, 0, buffer, 0, length);
        }
        for (int i = 0; i < length / Long.BYTES; i++) {
            balances[i] = buffer.getLong(i * Long.BYTES);
        }
    }

    @Override
    public void close() {
        // Nothing is held.
    }

    /** Small enough to be copied. */
    private record Copy(long[] balances) implements MachineSnapshot {
        @Override
        public boolean inTables() {
            return false;
        }

        @Override
        public void writeTo(final SnapshotSink sink) {
            final UnsafeBuffer buffer = new UnsafeBuffer(new byte[balances.length * Long.BYTES]);
            for (int i = 0; i < balances.length; i++) {
                buffer.putLong(i * Long.BYTES, balances[i]);
            }
            sink.begin(FILE);
            sink.write(buffer, 0, buffer.capacity());
        }

        @Override
        public void close() {
            // A copy.
        }
    }
}
