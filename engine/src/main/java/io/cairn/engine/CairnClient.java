package io.cairn.engine;

import io.cairn.engine.admin.AdminCodec;
import io.cairn.engine.admin.AdminReply;
import io.cairn.engine.admin.AdminRequest;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.MachineClient;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.embedded.EmbeddedKeyValueStore;
import io.cairn.engine.embedded.EmbeddedMachineClient;
import io.cairn.engine.embedded.SessionOpening;
import io.cairn.engine.gateway.ClientMessage;
import io.cairn.engine.remote.RemoteAgent;
import io.cairn.engine.remote.RemoteSettings;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.locks.LockSupport;

/**
 * A client of a cluster in other processes. It offers what an embedded engine offers, by the same interfaces, wherever the leader is:
 *
 * <pre>{@code
 * try (CairnClient client = CairnClient.connect(new CairnClientContext().cluster("10.0.0.1:9000,10.0.0.2:9000,10.0.0.3:9000"));
 *      KeyValueStore store = client.keyValueStore()) {
 *     store.put("key".getBytes(UTF_8), "value".getBytes(UTF_8));
 * }
 * }</pre>
 *
 * <p>It finds the leader, goes where it is sent, and tries again for as long as {@link CairnClientContext#timeout} says: over the loss of a minority
 * of the members, over elections, over a stop and a new start of them all. Commands of stores, machine clients and session clients take effect
 * exactly once all the same. What cannot be known in time is answered {@link ReplyStatus#UNKNOWN}, what was never taken
 * {@link ReplyStatus#UNAVAILABLE}.
 *
 * <p>Threads: any thread may make clients; each of those then has its own rule. In invoker mode one thread does everything.
 */
public final class CairnClient implements AutoCloseable {
    private static final long WAIT_NS = 50_000;
    private static final long PAUSE_NS = 20_000_000;
    private static final long PROBE_NS = 4_000_000_000L;

    private final RemoteSettings settings;
    private final RemoteAgent agent;
    private final AgentRunner runner;
    private final boolean isInvoker;
    private final long sessionTimeoutNs;
    private final long timeoutNs;
    private volatile Throwable lastError;
    private volatile boolean closed;

    private CairnClient(final CairnClientContext context) {
        settings = context.conclude();
        isInvoker = context.isInvoker();
        sessionTimeoutNs = context.sessionTimeoutNs();
        timeoutNs = context.timeoutNs();
        agent = new RemoteAgent(settings, context.driverMode(), context.driverDirectory(), this::onError, SystemNanoClock.INSTANCE);
        runner = isInvoker ? null : new AgentRunner(context.idleStrategy(), this::onError, null, agent);
        if (null != runner) {
            AgentRunner.startOnThread(runner, CairnClient::newThread);
        }
    }

    private static Thread newThread(final Runnable task) {
        final Thread thread = new Thread(task, "cairn-client");
        thread.setDaemon(true);
        return thread;
    }

    private void onError(final Throwable error) {
        lastError = error;
    }

    /**
     * Reach a member that lets this client in.
     *
     * @param context how; used up by this call.
     * @return the client.
     * @throws EngineException when none answers in time, or one refuses for good: a wrong secret, another cluster.
     */
    public static CairnClient connect(final CairnClientContext context) {
        JvmFlags.check();
        final CairnClient client = new CairnClient(context);
        try {
            client.awaitMember();
            return client;
        } catch (final RuntimeException ex) {
            client.close();
            throw ex;
        }
    }

    /**
     * As {@link #connect}, without waiting for a member: for who wants to know which of them are there.
     *
     * @param context how; used up by this call.
     * @return the client.
     */
    public static CairnClient unconnected(final CairnClientContext context) {
        JvmFlags.check();
        return new CairnClient(context);
    }

    /**
     * Ask one member's engine what who administers the cluster may ask.
     *
     * @param memberEndpoint HOST:PORT of the member; its number over shared memory.
     * @param request        what.
     * @param patience       how long it may take.
     * @return completes with the answer, or with an {@link EngineException}.
     */
    public CompletableFuture<AdminReply> administer(final String memberEndpoint, final AdminRequest request, final Duration patience) {
        return agent.ask(memberEndpoint, ClientMessage.TO_ENGINE, AdminCodec.encode(request), patience.toNanos()).thenApply(bytes -> {
            final AdminReply reply = AdminCodec.decodeReply(bytes);
            if (null == reply) {
                throw new EngineException("member " + memberEndpoint + " is starting, or of another version");
            }
            return reply;
        });
    }

    private void awaitMember() {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        String explanation = "";
        do {
            for (final String target : settings.targets()) {
                final CompletableFuture<byte[]> answer = agent.ask(target, ClientMessage.TO_ENGINE, null, Math.min(timeoutNs, PROBE_NS));
                await(answer);
                if (!answer.isCompletedExceptionally()) {
                    return;
                }
                explanation = answer.handle((bytes, failure) -> failure.getMessage()).join();
                if (null != agent.refusal()) {
                    throw new EngineException(agent.refusal());
                }
            }
        } while (System.nanoTime() - deadlineNs < 0);
        throw new EngineException(
            "no member of the cluster lets this client in (the last one tried: " + explanation + "): start the members, or name others");
    }

    private void await(final CompletableFuture<?> future) {
        while (!future.isDone()) {
            if (closed) {
                throw new EngineException("the client is closed");
            }
            if (0 == doWork()) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new EngineException("the thread was interrupted while it waited for a member");
                }
                LockSupport.parkNanos(WAIT_NS);
            }
        }
    }

    /**
     * The comfortable, thread-safe way in. Its commands run in a session of its own, which begins with the first of them.
     *
     * @return a store; close it when done.
     */
    public KeyValueStore keyValueStore() {
        return new EmbeddedKeyValueStore(newLink(), sessionTimeoutNs, isInvoker);
    }

    /**
     * The comfortable, thread-safe way to a state machine of one's own.
     *
     * @return a client; close it when done.
     */
    public MachineClient machineClient() {
        return new EmbeddedMachineClient(newLink(), sessionTimeoutNs, isInvoker);
    }

    /**
     * The allocation-free way in, without a session: a command that was under way when a connection was lost may or may not have taken effect, and is
     * answered {@link ReplyStatus#UNKNOWN}.
     *
     * @return a client; one thread at a time.
     */
    public AsyncKeyValue newClient() {
        return newLink();
    }

    /**
     * The allocation-free way in, within a session: commands take effect exactly once and in order, whatever becomes of connections and leaders.
     *
     * @param name resumes the session of that name where there is one; empty for a session of this client alone.
     * @return a client; one thread at a time.
     * @throws KeyValueException when the session cannot be opened.
     */
    public EmbeddedClient newSessionClient(final String name) {
        final EmbeddedClient client = newLink();
        try {
            client.session(SessionOpening.open(client, name, sessionTimeoutNs, () -> !agent.isClosed()));
            return client;
        } catch (final RuntimeException ex) {
            client.close();
            throw ex;
        }
    }

    private EmbeddedClient newLink() {
        if (closed) {
            throw new EngineException("the client is closed");
        }
        return new EmbeddedClient(agent.newLink(isInvoker ? agent::doWork : CairnClient::nothing), null);
    }

    private static void nothing() {
    }

    /**
     * Ask one member, whether it leads or not, what its application answers (see {@link ClusterContext#adminHandler}).
     *
     * @param memberEndpoint HOST:PORT of the member; its number over shared memory.
     * @param request        bytes.
     * @return the answer.
     * @throws EngineException when there is none in time, or the member refuses.
     */
    public byte[] admin(final String memberEndpoint, final byte[] request) {
        final CompletableFuture<byte[]> answer = adminAsync(memberEndpoint, request);
        await(answer);
        try {
            return answer.get();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new EngineException("the thread was interrupted while it waited for a member", ex);
        } catch (final ExecutionException ex) {
            throw new EngineException(ex.getCause().getMessage(), ex.getCause());
        }
    }

    /**
     * As {@link #admin}.
     *
     * @param memberEndpoint HOST:PORT of the member; its number over shared memory.
     * @param request        bytes.
     * @return completes with the answer, or with an {@link EngineException}.
     */
    public CompletableFuture<byte[]> adminAsync(final String memberEndpoint, final byte[] request) {
        return agent.ask(memberEndpoint, ClientMessage.TO_APPLICATION, request.clone(), timeoutNs);
    }

    /**
     * The logical digest of the state, as the member that leads has it.
     *
     * @param includeSystem with sessions and configuration.
     * @return index and digest.
     * @throws KeyValueException {@code UNAVAILABLE} when no member that leads answers in time.
     */
    public StorageEngine.Digest digest(final boolean includeSystem) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        final byte[] request = {(byte)(includeSystem ? 1 : 0)};
        do {
            final CompletableFuture<byte[]> found = new CompletableFuture<>();
            final CompletableFuture<?>[] asked = agent.targets().stream()
                .map(target -> agent.ask(target, ClientMessage.TO_ENGINE, request, Math.min(timeoutNs, PROBE_NS)).handle((answer, failure) -> {
                    if (null != answer && StorageEngine.DIGEST_ANSWER_LENGTH == answer.length && 0 != answer[0]) {
                        found.complete(answer);
                    }
                    return null;
                }))
                .toArray(CompletableFuture[]::new);
            await(CompletableFuture.anyOf(found, CompletableFuture.allOf(asked)));
            if (found.isDone()) {
                final UnsafeBuffer answer = new UnsafeBuffer(found.join());
                return new StorageEngine.Digest(
                    answer.getLong(1, ByteOrder.LITTLE_ENDIAN), answer.getLong(1 + Long.BYTES, ByteOrder.LITTLE_ENDIAN));
            }
            LockSupport.parkNanos(PAUSE_NS);
        } while (System.nanoTime() - deadlineNs < 0);
        throw new KeyValueException(ReplyStatus.UNAVAILABLE);
    }

    /**
     * In invoker mode: do what there is to do, on the caller's thread. Otherwise nothing.
     *
     * @return amount of work done.
     */
    public int doWork() {
        return isInvoker ? agent.doWork() : 0;
    }

    /** @return true until the client is closed. */
    public boolean isOpen() {
        return !closed;
    }

    /** @return why a member refused this client for good (a wrong secret, another cluster) after it was connected once, or null. */
    public String refusal() {
        return agent.refusal();
    }

    /** @return the last error of the media driver or of Aeron's client, or null. None of them ends this client. */
    public Throwable lastError() {
        return lastError;
    }

    /** Leave. Close stores and clients first: what is in flight is answered {@link ReplyStatus#UNKNOWN}. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        if (null != runner) {
            runner.close();
        } else {
            agent.onClose();
        }
    }
}
