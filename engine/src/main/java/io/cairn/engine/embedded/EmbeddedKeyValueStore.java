package io.cairn.engine.embedded;

import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.config.ThreadingMode;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.KeyValueReplies;
import io.cairn.fsm.ScanRange;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/**
 * Blocking calls and futures over one {@link EmbeddedClient}, for any number of threads.
 *
 * <p>One lock guards the client: to submit, and to poll. Whoever waits polls for everyone; for those who only hold futures a reply thread of
 * this store does, and parks while nothing is in flight. In invoker mode there is no such thread: {@link #await} drives the engine.
 */
public final class EmbeddedKeyValueStore implements KeyValueStore {
    private static final int POLL_LIMIT = 64;
    private static final int SPINS = 200;
    private static final int YIELDS = 200;
    private static final long PARK_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final byte[] NOTHING = new byte[0];

    /** What to make of an answer. */
    @FunctionalInterface
    private interface Decoder<T> {
        T decode(int status, long index, KeyValueReplies replies);
    }

    private record Call<T>(CompletableFuture<T> future, Decoder<T> decoder) {
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final EmbeddedClient client;
    private final BooleanSupplier isServing;
    private final Long2ObjectHashMap<Call<?>> calls = new Long2ObjectHashMap<>();
    private final List<Runnable> completions = new ArrayList<>();
    private final KeyValueCommands commands = new KeyValueCommands();
    private final KeyValueReplies replies = new KeyValueReplies();
    private final ScanRange range = new ScanRange();
    private final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer(1024);
    private final UnsafeBuffer keyBuffer = new UnsafeBuffer(NOTHING);
    private final UnsafeBuffer valueBuffer = new UnsafeBuffer(NOTHING);
    private final Bytes bytes = new Bytes();
    private final Thread replyThread;
    private volatile boolean closed;

    /**
     * @param client        of this store alone, in a session.
     * @param isServing     false once nobody will answer.
     * @param threadingMode of the engine.
     */
    public EmbeddedKeyValueStore(final EmbeddedClient client, final BooleanSupplier isServing, final ThreadingMode threadingMode) {
        this.client = client;
        this.isServing = isServing;
        this.replyThread = ThreadingMode.INVOKER == threadingMode ? null : new Thread(this::pollReplies, "cairn-replies");
        if (null != replyThread) {
            replyThread.setDaemon(true);
            replyThread.start();
        }
    }

    @Override
    public CompletableFuture<Long> putAsync(final byte[] key, final byte[] value) {
        return submit(
            () -> {
                keyBuffer.wrap(key);
                valueBuffer.wrap(value);
                return command(commands.encodePut(
                    scratch, 0, KeyValueCommands.DEFAULT_TABLE, keyBuffer, 0, key.length, valueBuffer, 0, value.length, 0));
            },
            (status, index, answer) -> index);
    }

    @Override
    public CompletableFuture<byte[]> getAsync(final byte[] key) {
        return submit(
            () -> {
                keyBuffer.wrap(key);
                return client.get(KeyValueCommands.DEFAULT_TABLE, keyBuffer, 0, key.length);
            },
            (status, index, answer) -> ApplyStatus.NOT_FOUND == status ? null : answer.value(bytes).toArray());
    }

    @Override
    public CompletableFuture<Boolean> deleteAsync(final byte[] key) {
        return submit(
            () -> {
                keyBuffer.wrap(key);
                return client.delete(KeyValueCommands.DEFAULT_TABLE, keyBuffer, 0, key.length);
            },
            (status, index, answer) -> ApplyStatus.OK == status);
    }

    @Override
    public CompletableFuture<Boolean> compareAndSetAsync(final byte[] key, final byte[] expected, final byte[] value) {
        return submit(
            () -> {
                keyBuffer.wrap(key);
                valueBuffer.wrap(value);
                if (null == expected) {
                    return command(commands.encodePutIfAbsent(
                        scratch, 0, KeyValueCommands.DEFAULT_TABLE, keyBuffer, 0, key.length, valueBuffer, 0, value.length, 0));
                }
                final Bytes expectedBytes = new Bytes().wrap(new UnsafeBuffer(expected), 0, expected.length);
                return command(commands.encodeCompareAndSet(
                    scratch, 0, KeyValueCommands.DEFAULT_TABLE, bytes.wrap(keyBuffer, 0, key.length), expectedBytes,
                    new Bytes().wrap(valueBuffer, 0, value.length), 0));
            },
            (status, index, answer) -> ApplyStatus.OK == status);
    }

    @Override
    public CompletableFuture<Long> incrementAsync(final byte[] key, final long delta) {
        return submit(
            () -> {
                keyBuffer.wrap(key);
                return command(commands.encodeIncrement(scratch, 0, KeyValueCommands.DEFAULT_TABLE, keyBuffer, 0, key.length, delta));
            },
            (status, index, answer) -> answer.number());
    }

    @Override
    public CompletableFuture<List<Row>> scanAsync(final byte[] prefix, final int limit) {
        return submit(
            () -> {
                keyBuffer.wrap(prefix);
                range.clear().rowsMax(limit).prefix().wrap(keyBuffer, 0, prefix.length);
                return client.query(scratch, 0, commands.encodeScan(scratch, 0, KeyValueCommands.DEFAULT_TABLE, range));
            },
            (status, index, answer) -> {
                final List<Row> rows = new ArrayList<>(answer.rows());
                while (answer.nextRow()) {
                    rows.add(new Row(answer.rowKey(bytes).toArray(), answer.rowValue(bytes).toArray()));
                }
                return rows;
            });
    }

    private long command(final int length) {
        return client.command(scratch, 0, length);
    }

    /** A request that finds the window full waits, taking answers meanwhile; nothing queues beyond the window. */
    private <T> CompletableFuture<T> submit(final LongSupplier request, final Decoder<T> decoder) {
        final CompletableFuture<T> future = new CompletableFuture<>();
        int idleCount = 0;
        while (true) {
            lock.lock();
            try {
                final long correlationId = closed ? ReplyStatus.CLOSED : request.getAsLong();
                if (correlationId >= 0) {
                    calls.put(correlationId, new Call<>(future, decoder));
                    break;
                }
                if (ReplyStatus.BACK_PRESSURED != correlationId) {
                    future.completeExceptionally(new KeyValueException((int)correlationId));
                    return future;
                }
            } finally {
                lock.unlock();
            }
            idleCount = 0 == poll() ? pause(idleCount) : 0;
        }
        if (null != replyThread) {
            LockSupport.unpark(replyThread);
        }
        return future;
    }

    @Override
    public <T> T await(final CompletableFuture<T> future) {
        int idleCount = 0;
        while (!future.isDone()) {
            idleCount = 0 == poll() ? pause(idleCount) : 0;
        }
        try {
            return future.get();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new KeyValueException(ReplyStatus.UNKNOWN, "interrupted while waiting");
        } catch (final ExecutionException ex) {
            if (ex.getCause() instanceof KeyValueException known) {
                throw known;
            }
            throw new IllegalStateException(ex.getCause());
        }
    }

    private static int pause(final int idleCount) {
        if (idleCount < SPINS) {
            Thread.onSpinWait();
        } else if (idleCount < SPINS + YIELDS) {
            Thread.yield();
        } else {
            LockSupport.parkNanos(PARK_NS);
        }
        return idleCount + 1;
    }

    /** Take answers, if nobody else is. Futures complete outside the lock, since they may run the application's code. */
    private int poll() {
        if (!lock.tryLock()) {
            return 0;
        }
        final List<Runnable> ready;
        final int count;
        try {
            count = client.poll(this::onReply, POLL_LIMIT);
            if (0 == count && !calls.isEmpty() && !isServing.getAsBoolean()) {
                abandon();
            }
            ready = completions.isEmpty() ? List.of() : new ArrayList<>(completions);
            completions.clear();
        } finally {
            lock.unlock();
        }
        ready.forEach(Runnable::run);
        return count;
    }

    private void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        final Call<?> call = calls.remove(correlationId);
        if (null == call) {
            return;
        }
        prepare(call, status, index, buffer, offset, length);
    }

    private <T> void prepare(
        final Call<T> call, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        if (status < 0) {
            completions.add(() -> call.future().completeExceptionally(new KeyValueException(status)));
        } else {
            final T result = call.decoder().decode(status, index, replies.wrap(buffer, offset, length));
            completions.add(() -> call.future().complete(result));
        }
    }

    /** The engine stopped: nobody will answer any more. */
    private void abandon() {
        calls.values().forEach(call ->
            completions.add(() -> call.future().completeExceptionally(new KeyValueException(ReplyStatus.UNKNOWN))));
        calls.clear();
    }

    private void pollReplies() {
        int idleCount = 0;
        while (!closed) {
            if (0 == poll()) {
                if (hasCalls()) {
                    idleCount = pause(idleCount);
                } else {
                    LockSupport.park(this);
                    idleCount = 0;
                }
            } else {
                idleCount = 0;
            }
        }
    }

    private boolean hasCalls() {
        lock.lock();
        try {
            return !calls.isEmpty();
        } finally {
            lock.unlock();
        }
    }

    /** Waits for what is in flight while the engine serves, then leaves. */
    @Override
    public void close() {
        int idleCount = 0;
        while (!closed && hasCalls()) {
            idleCount = 0 == poll() ? pause(idleCount) : 0;
        }
        closed = true;
        if (null != replyThread) {
            LockSupport.unpark(replyThread);
        }
        lock.lock();
        try {
            client.close();
        } finally {
            lock.unlock();
        }
    }
}
