package io.cairn.engine.embedded;

import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueReplies;
import io.cairn.fsm.Limits;
import io.cairn.fsm.ScanRange;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;

/**
 * The calls of a store: from any number of threads to one {@link EmbeddedClient} and back.
 *
 * <p>One lock guards the client: to submit, and to poll. Whoever waits polls for everyone; for those who only hold futures a reply thread of
 * this store does, and parks while nothing is in flight. In invoker mode there is no such thread: {@link #await} drives the engine.
 *
 * <p>The session is opened with the first command. A command that was passed over (its session had expired, or one before it was refused and
 * left a gap) did nothing: such are sent again in their order, before anything newer, once all others are answered. So a refusal concerns the
 * call that caused it and no other, and an expired session nobody.
 */
final class StoreCalls {
    private static final int POLL_LIMIT = 64;
    private static final int SPINS = 200;
    private static final int YIELDS = 200;
    private static final long PARK_NS = TimeUnit.MICROSECONDS.toNanos(50);
    private static final byte[] NOTHING = new byte[0];
    private static final byte[] UNNAMED = NOTHING;
    private static final int ATTEMPTS_MAX = 16;

    /** What to make of an answer. */
    @FunctionalInterface
    interface Decoder<T> {
        T decode(int status, long index, KeyValueReplies replies);

        /** @return false for a status that fails the call. */
        default boolean admits(final int status) {
            return status >= 0;
        }
    }

    private enum Kind {
        COMMAND, QUERY, CONTROL
    }

    /** A request on its way. Owner: whoever holds the lock. */
    private static final class Call<T> {
        private final Kind kind;
        private final LongSupplier request;
        private final Decoder<T> decoder;
        private final CompletableFuture<T> future = new CompletableFuture<>();
        private int attempts;

        private Call(final Kind kind, final LongSupplier request, final Decoder<T> decoder) {
            this.kind = kind;
            this.request = request;
            this.decoder = decoder;
        }
    }

    private enum SessionState {
        NONE, OPENING, OPEN
    }

    private final ReentrantLock lock = new ReentrantLock();
    private final EmbeddedClient client;
    private final long sessionTimeoutNs;
    private final Long2ObjectHashMap<Call<?>> calls = new Long2ObjectHashMap<>();
    private final List<Runnable> completions = new ArrayList<>();
    private final KeyValueReplies replies = new KeyValueReplies();
    private final ScanRange range = new ScanRange();
    private final Bytes[] bytes = {new Bytes(), new Bytes(), new Bytes(), new Bytes()};
    private final UnsafeBuffer[] buffers = {
        new UnsafeBuffer(NOTHING), new UnsafeBuffer(NOTHING), new UnsafeBuffer(NOTHING), new UnsafeBuffer(NOTHING)};
    private final Thread replyThread;
    private SessionState sessionState = SessionState.NONE;
    private int sessionFailure;
    private final List<Call<?>> passedOver = new ArrayList<>();
    private final Deque<Call<?>> again = new ArrayDeque<>();
    private int commandsInFlight;
    private boolean recovering;
    private boolean closing;
    private volatile boolean closed;

    /**
     * @param client           of this store alone.
     * @param sessionTimeoutNs log time after which its session expires when it sends nothing.
     * @param isInvoker        true when whoever waits does the engine's work.
     */
    StoreCalls(final EmbeddedClient client, final long sessionTimeoutNs, final boolean isInvoker) {
        this.client = client;
        this.sessionTimeoutNs = sessionTimeoutNs;
        this.replyThread = isInvoker ? null : new Thread(this::pollReplies, "cairn-replies");
        if (null != replyThread) {
            replyThread.setDaemon(true);
            replyThread.start();
        }
    }

    /** Under the lock, in a request: the client to send with. */
    EmbeddedClient client() {
        return client;
    }

    /** Under the lock, in a request: one of four flyweights over an array. */
    Bytes wrap(final int which, final byte[] array) {
        buffers[which].wrap(array);
        return bytes[which].wrap(buffers[which], 0, array.length);
    }

    /** Under the lock, in a request: the range to fill. */
    ScanRange range() {
        return range.clear();
    }

    <T> CompletableFuture<T> command(final LongSupplier request, final Decoder<T> decoder) {
        return submit(new Call<>(Kind.COMMAND, request, decoder));
    }

    <T> CompletableFuture<T> query(final LongSupplier request, final Decoder<T> decoder) {
        return submit(new Call<>(Kind.QUERY, request, decoder));
    }

    /** A request that finds the window full waits, taking answers meanwhile; nothing queues beyond the window. */
    private <T> CompletableFuture<T> submit(final Call<T> call) {
        int idleCount = 0;
        while (true) {
            lock.lock();
            try {
                final long correlationId = closing ? ReplyStatus.CLOSED : recovering ? ReplyStatus.BACK_PRESSURED : send(call);
                if (correlationId >= 0) {
                    break;
                }
                if (ReplyStatus.BACK_PRESSURED != correlationId) {
                    call.future.completeExceptionally(new KeyValueException((int)correlationId));
                    return call.future;
                }
            } finally {
                lock.unlock();
            }
            idleCount = 0 == poll() ? pause(idleCount) : 0;
        }
        if (null != replyThread) {
            LockSupport.unpark(replyThread);
        }
        return call.future;
    }

    private long send(final Call<?> call) {
        if (Kind.COMMAND == call.kind) {
            final int status = ensureSession();
            if (ApplyStatus.OK != status) {
                return status;
            }
        }
        final long correlationId = call.request.getAsLong();
        if (correlationId >= 0) {
            calls.put(correlationId, call);
            commandsInFlight += Kind.COMMAND == call.kind ? 1 : 0;
        }
        return correlationId;
    }

    /** @return OK when there is a session, BACK_PRESSURED while it is being opened, or why it cannot be. */
    private int ensureSession() {
        if (SessionState.NONE == sessionState) {
            if (0 != sessionFailure) {
                final int failure = sessionFailure;
                sessionFailure = 0;
                return failure;
            }
            final long status = send(new Call<>(
                Kind.CONTROL,
                () -> client.openSession(TimeUnit.NANOSECONDS.toMillis(sessionTimeoutNs), Limits.SESSION_WINDOW_MAX, UNNAMED),
                this::onSession));
            if (status < 0) {
                return (int)status;
            }
            sessionState = SessionState.OPENING;
        }
        return SessionState.OPEN == sessionState ? ApplyStatus.OK : ReplyStatus.BACK_PRESSURED;
    }

    private Void onSession(final int status, final long index, final KeyValueReplies opened) {
        if (status < 0) {
            sessionState = SessionState.NONE;
            sessionFailure = status;
        } else {
            sessionState = SessionState.OPEN;
            // An unnamed session is new: its id is the index of the entry that opened it.
            client.session(new SessionIdentity(index, 1, false));
        }
        return null;
    }

    <T> T await(final CompletableFuture<T> future) {
        int idleCount = 0;
        while (!future.isDone()) {
            if (Thread.currentThread().isInterrupted()) {
                throw interrupted();
            }
            idleCount = 0 == poll() ? pause(idleCount) : 0;
        }
        try {
            return future.get();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw interrupted();
        } catch (final ExecutionException ex) {
            if (ex.getCause() instanceof KeyValueException known) {
                throw new KeyValueException(known);
            }
            throw new IllegalStateException(ex.getCause());
        }
    }

    private static KeyValueException interrupted() {
        return new KeyValueException(ReplyStatus.UNKNOWN, "the thread was interrupted while it waited; the request may take effect");
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
            count = closed ? 0 : client.poll(this::onReply, POLL_LIMIT);
            if (recovering && 0 == commandsInFlight && !closed) {
                sendAgain();
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
        if (Kind.COMMAND == call.kind) {
            commandsInFlight--;
            // Refused before it was logged: its serial is free again, and what was sent behind it will be refused as a gap.
            recovering |= index < 0 && commandsInFlight > 0;
            if (ReplyStatus.UNKNOWN == status) {
                // Whether its serial was used is not known either: the next command begins a session of its own.
                sessionState = SessionState.NONE;
            }
            if (isPassedOver(status) && ++call.attempts < ATTEMPTS_MAX) {
                recovering = true;
                passedOver.add(call);
                if (ApplyStatus.SESSION_EXPIRED == status) {
                    sessionState = SessionState.NONE;
                }
                return;
            }
        }
        complete(call, status, index, replies.wrap(buffer, offset, length));
    }

    /** Not executed, and through no fault of its own. */
    private static boolean isPassedOver(final int status) {
        return ApplyStatus.SESSION_GAP == status || ApplyStatus.SESSION_EXPIRED == status || ApplyStatus.SESSION_WINDOW_EXCEEDED == status;
    }

    /** Nothing is in flight: what was passed over goes again, in its order and before anything newer. */
    private void sendAgain() {
        for (int i = passedOver.size() - 1; i >= 0; i--) {
            again.addFirst(passedOver.get(i));
        }
        passedOver.clear();
        while (!again.isEmpty()) {
            final long correlationId = send(again.peekFirst());
            if (ReplyStatus.BACK_PRESSURED == correlationId) {
                return;
            }
            final Call<?> call = again.pollFirst();
            if (correlationId < 0) {
                complete(call, (int)correlationId, -1, replies);
            }
        }
        recovering = false;
    }

    private <T> void complete(final Call<T> call, final int status, final long index, final KeyValueReplies answer) {
        if (!call.decoder.admits(status) && Kind.CONTROL != call.kind) {
            completions.add(() -> call.future.completeExceptionally(new KeyValueException(status)));
            return;
        }
        try {
            final T result = call.decoder.decode(status, index, answer);
            completions.add(() -> call.future.complete(result));
        } catch (final RuntimeException ex) {
            completions.add(() -> call.future.completeExceptionally(ex));
        }
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
            return !calls.isEmpty() || recovering;
        } finally {
            lock.unlock();
        }
    }

    /** Takes no more, waits for what is in flight (an engine that stops answers it), closes the session, leaves. */
    void close() {
        lock.lock();
        try {
            if (closing) {
                return;
            }
            closing = true;
        } finally {
            lock.unlock();
        }
        drain();
        lock.lock();
        try {
            if (SessionState.OPEN == sessionState) {
                send(new Call<Void>(
                    Kind.CONTROL, () -> client.closeSession(client.session().sessionId()), (status, index, answer) -> null));
            }
        } finally {
            lock.unlock();
        }
        drain();
        lock.lock();
        try {
            closed = true;
            client.close();
        } finally {
            lock.unlock();
        }
        if (null != replyThread) {
            LockSupport.unpark(replyThread);
        }
    }

    private void drain() {
        int idleCount = 0;
        while (hasCalls()) {
            idleCount = 0 == poll() ? pause(idleCount) : 0;
        }
    }
}
