package io.cairn.engine;

import io.cairn.engine.admin.AdminServer;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.KeyValueStore;
import io.cairn.engine.client.MachineClient;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.engine.embedded.ClientLink;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.engine.embedded.EmbeddedKeyValueStore;
import io.cairn.engine.embedded.EmbeddedMachineClient;
import io.cairn.engine.embedded.SessionOpening;
import io.cairn.engine.config.ConfigKeys;
import io.cairn.engine.config.EffectiveConfiguration;
import io.cairn.engine.config.ThreadingMode;
import io.cairn.engine.gateway.AdminHandler;
import io.cairn.engine.pipeline.ClientChannel;
import io.cairn.engine.pipeline.EngineFailure;
import io.cairn.engine.pipeline.MemberControl;
import io.cairn.engine.pipeline.Pipeline;
import io.cairn.engine.storage.NodeSettings;
import io.cairn.engine.storage.NodeStorage;
import io.cairn.fsm.ReadView;
import io.cairn.fsm.StateDigest;
import io.cairn.snapshot.SnapshotManifest;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.ByteOrder;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * An embedded node: one data directory, opened.
 *
 * <pre>{@code
 * try (StorageEngine engine = StorageEngine.launch(new EngineContext().dataDirectory(Path.of("data")));
 *      KeyValueStore store = engine.keyValueStore()) {
 *     store.put("key".getBytes(UTF_8), "value".getBytes(UTF_8));
 * }
 * }</pre>
 *
 * <p>Threads: any thread may make clients, views and streams; each of those then has its own rule. In invoker mode one thread of the
 * application drives the engine with {@link #doWork()} and uses all of its clients.
 *
 * <p>Errors: {@link EngineException} from {@link #launch} when the directory cannot be opened. A broken invariant or a failed force later on
 * stops the engine: requests answer {@link ReplyStatus#CLOSED}, {@link #failure()} says why, what was acknowledged is safe.
 */
public final class StorageEngine implements AutoCloseable {
    /** Whether the member leads, index, digest. */
    static final int DIGEST_ANSWER_LENGTH = 1 + 2 * Long.BYTES;

    private final EffectiveConfiguration configuration;
    private final NodeStorage storage;
    private final Pipeline pipeline;
    private final EngineMonitor monitor;
    private final ClusterNetwork network;
    private final EngineFailure failure;
    private final AdminServer administration;
    private final AtomicBoolean digesting = new AtomicBoolean();
    private final Set<ChangeStream> streams = ConcurrentHashMap.newKeySet();
    private volatile boolean launched;
    private volatile boolean closed;

    private StorageEngine(final NodeSettings settings, final ClusterContext cluster) {
        configuration = settings.configuration();
        failure = new EngineFailure(settings.failureHandler());
        ClusterNetwork.requireSecret(cluster, configuration);
        storage = NodeStorage.open(settings);
        EngineMonitor openedMonitor = null;
        Pipeline startedPipeline = null;
        ClusterNetwork openedNetwork = null;
        try {
            openedMonitor = EngineMonitor.open(settings);
            openedNetwork = null == cluster ? ClusterNetwork.alone() :
                ClusterNetwork.open(
                    cluster, configuration, storage, settings.dataDirectory(), openedMonitor::onError, this::onEngineRequest);
            startedPipeline = new Pipeline(settings, storage, failure, openedMonitor.statistics(), openedNetwork.member());
            openedMonitor.observe(startedPipeline, storage, failure);
            startedPipeline.start();
        } catch (final Throwable ex) {
            failure.report(ex);
            closeQuietly(startedPipeline, ex);
            closeQuietly(openedNetwork, ex);
            closeQuietly(openedMonitor, ex);
            closeQuietly(storage, ex);
            throw ex;
        }
        pipeline = startedPipeline;
        monitor = openedMonitor;
        network = openedNetwork;
        administration = new AdminServer(pipeline.control(), pipeline::takeSnapshot);
        launched = true;
    }

    private static void closeQuietly(final AutoCloseable closeable, final Throwable cause) {
        if (null != closeable) {
            try {
                closeable.close();
            } catch (final Exception ex) {
                cause.addSuppressed(ex);
            }
        }
    }

    /**
     * Open a data directory (or make one), restore the newest snapshot, apply the log behind it, and serve.
     *
     * @param context what to run and where; used up by this call.
     * @return the engine, ready for commands.
     * @throws EngineException                           when it cannot start, with the way out.
     * @throws io.cairn.engine.config.ConfigException    when a setting is wrong.
     * @throws io.cairn.wal.WalException                 when the log refuses to open.
     */
    public static StorageEngine launch(final EngineContext context) {
        JvmFlags.check();
        final NodeSettings settings = context.conclude();
        final boolean interrupted = Thread.interrupted();
        try {
            return new StorageEngine(settings, context.cluster());
        } finally {
            keepInterrupt(interrupted);
        }
    }

    /** An interrupted thread cannot read or write a file: it is told again once the files are open or closed. */
    private static void keepInterrupt(final boolean interrupted) {
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /**
     * The comfortable, thread-safe way in. Its commands run in a session of its own, which begins with the first of them.
     *
     * @return a store; close it when done.
     */
    public KeyValueStore keyValueStore() {
        return new EmbeddedKeyValueStore(
            new EmbeddedClient(newLink(), null),
            configuration.durationNs(ConfigKeys.SESSION_TIMEOUT),
            ThreadingMode.INVOKER == threadingMode());
    }

    /**
     * The comfortable, thread-safe way to a state machine of one's own: commands and queries as bytes, blocking and with futures, each command
     * exactly once in a session of the client.
     *
     * @return a client; close it when done.
     */
    public MachineClient machineClient() {
        return new EmbeddedMachineClient(
            new EmbeddedClient(newLink(), null),
            configuration.durationNs(ConfigKeys.SESSION_TIMEOUT),
            ThreadingMode.INVOKER == threadingMode());
    }

    /**
     * The allocation-free way in, without a session: a command whose answer is lost may or may not have taken effect.
     *
     * @return a client; one thread at a time.
     */
    public AsyncKeyValue newClient() {
        return new EmbeddedClient(newLink(), null);
    }

    /**
     * The allocation-free way in, within a session: commands take effect exactly once and in order.
     *
     * @param name resumes the session of that name where there is one (its last serial is then known: see
     *             {@link EmbeddedClient#session()}); empty for a session of this client alone.
     * @return a client; one thread at a time.
     */
    public EmbeddedClient newSessionClient(final String name) {
        final EmbeddedClient client = new EmbeddedClient(newLink(), null);
        try {
            client.session(SessionOpening.open(
                client, name, configuration.durationNs(ConfigKeys.SESSION_TIMEOUT), () -> !pipeline.hasEnded()));
            return client;
        } catch (final RuntimeException ex) {
            client.close();
            throw failure.isFailed() ? new EngineException("the engine failed: " + failure.cause().getMessage(), failure.cause()) : ex;
        }
    }

    private ClientLink newLink() {
        final int inFlightMax = (int)configuration.integer(ConfigKeys.CLIENT_INFLIGHT_MAX);
        final ClientChannel channel = pipeline.clients().register(inFlightMax);
        final boolean isInvoker = ThreadingMode.INVOKER == pipeline.threadingMode();
        return new ClientLink(
            pipeline.ingress(),
            channel,
            inFlightMax,
            this::isServing,
            pipeline::hasEnded,
            isInvoker ? StorageEngine::nothing : pipeline::signalIngress,
            isInvoker ? pipeline::doWork : StorageEngine::nothing,
            () -> pipeline.clients().unregister(channel));
    }

    private static void nothing() {
    }

    /**
     * A pinned version of the state that includes every command acknowledged before this call, readable from any one thread without holding
     * up anything. Close it soon: it keeps pages from being reused.
     *
     * @return the view.
     * @throws EngineException when the engine is closed or failed.
     */
    public ReadView readView() {
        return pipeline.readView();
    }

    /**
     * Read the committed log as a stream of changes.
     *
     * @param fromIndex first entry wanted, from 1; it may lie ahead of what is committed.
     * @return a stream; one thread.
     * @throws EngineException when the engine is closed.
     */
    public ChangeStream subscribe(final long fromIndex) {
        if (fromIndex < 1) {
            throw new IllegalArgumentException("entries are numbered from 1: " + fromIndex);
        }
        synchronized (streams) {
            if (closed) {
                throw new EngineException("the engine is closed");
            }
            final ChangeStream stream = new ChangeStream(storage.log().newCursor(), pipeline::committedIndex, fromIndex, streams::remove);
            streams.add(stream);
            return stream;
        }
    }

    /**
     * Take a snapshot now, in the background.
     *
     * @return completes with what was published.
     */
    public CompletableFuture<SnapshotManifest> takeSnapshot() {
        return pipeline.takeSnapshot();
    }

    /**
     * The logical digest of the state: equal wherever the same log was applied.
     *
     * @param includeSystem with sessions and configuration.
     * @return index and digest.
     */
    public Digest digest(final boolean includeSystem) {
        try (ReadView view = readView()) {
            return new Digest(view.index(), StateDigest.of(view, includeSystem));
        }
    }

    /** A client of another process asks for the digest. It takes a while, so it is done elsewhere, one at a time. */
    private void onEngineRequest(final DirectBuffer buffer, final int offset, final int length, final AdminHandler.Answer answer) {
        if (launched && 1 != length) {
            administration.onRequest(buffer, offset, length, answer);
            return;
        }
        final boolean includeSystem = 1 == length && 0 != buffer.getByte(offset);
        if (!launched || 1 != length || ThreadingMode.INVOKER == threadingMode() || !digesting.compareAndSet(false, true)) {
            answer.complete(new byte[0]);
            return;
        }
        final Thread thread = new Thread(() -> answer.complete(encodedDigest(includeSystem)), "cairn-digest");
        thread.setDaemon(true);
        thread.setPriority(Thread.MIN_PRIORITY);
        thread.start();
    }

    private byte[] encodedDigest(final boolean includeSystem) {
        try {
            final boolean leads = isLeader();
            final Digest digest = digest(includeSystem);
            final UnsafeBuffer answer = new UnsafeBuffer(new byte[DIGEST_ANSWER_LENGTH]);
            answer.putByte(0, (byte)(leads ? 1 : 0));
            answer.putLong(1, digest.index(), ByteOrder.LITTLE_ENDIAN);
            answer.putLong(1 + Long.BYTES, digest.value(), ByteOrder.LITTLE_ENDIAN);
            return answer.byteArray();
        } catch (final EngineException ex) {
            // It is being closed.
            return new byte[0];
        } finally {
            digesting.set(false);
        }
    }

    /**
     * A digest and what it is of.
     *
     * @param index last entry applied.
     * @param value 64 bits.
     */
    public record Digest(long index, long value) {
    }

    /**
     * In invoker mode: do what there is to do, on the caller's thread. In the other modes nothing.
     *
     * @return amount of work done.
     * @throws EngineException when the engine is closed or has failed, with the cause.
     */
    public int doWork() {
        final int work = pipeline.doWork();
        if (0 == work) {
            pipeline.checkRunning();
        }
        return work;
    }

    /** @return true until the engine is closed or has failed. */
    public boolean isServing() {
        return pipeline.isOpen();
    }

    /** @return why the engine stopped by itself, or null. */
    public Throwable failure() {
        return failure.cause();
    }

    /** @return errors observed since the start that did not stop the engine: failed snapshots, damage found by the scrubber. */
    public long errorCount() {
        return monitor.errorCount();
    }

    /** @return true while this member leads and what it answers is up to date. A single node always does. */
    public boolean isLeader() {
        return pipeline.isLeader();
    }

    /** @return lowest entry that is still in the log, one past the last when there is none. */
    public long firstIndex() {
        return storage.log().firstIndex();
    }

    /**
     * What keeps this member from its cluster, for a person: other members that are not there, a directory that is not taken up yet. Not on the
     * thread that drives in invoker mode.
     *
     * @return completes with a sentence, empty where nothing does.
     */
    public CompletableFuture<String> notice() {
        final CompletableFuture<String> notice = new CompletableFuture<>();
        pipeline.control().submit(() -> notice.complete(pipeline.control().notice()));
        return notice;
    }

    /** @return last entry published in the log. */
    public long appendedIndex() {
        return pipeline.appendedIndex();
    }

    /** @return last entry committed. */
    public long committedIndex() {
        return pipeline.committedIndex();
    }

    /** @return last entry applied. */
    public long appliedIndex() {
        return pipeline.appliedIndex();
    }

    /** @return ranges of damaged entries in this member's log that are to be repaired from the other members. */
    public long faultyRanges() {
        return pipeline.counts().faultyRanges.get();
    }

    /** @return damaged records that were repaired from other members since the start. */
    public long repairedRecords() {
        return pipeline.counts().repairedRecords.get();
    }

    /** @return how agents are run. */
    public ThreadingMode threadingMode() {
        return pipeline.threadingMode();
    }

    /** @return every setting with its origin. */
    public EffectiveConfiguration configuration() {
        return configuration;
    }

    /** @return what was found wrong and survived at start, one line each. */
    public List<String> warnings() {
        return storage.warnings();
    }

    /**
     * A leader hands over to another member first. Then: take no more requests, finish and answer those taken, stop the threads, end the change
     * streams, force the log, give the directory back. Requests that came too late are answered {@link ReplyStatus#CLOSED}; clients can still poll
     * for their answers afterwards. Read views stay readable until they are closed. In invoker mode: on the thread that drives the engine. All of
     * that also when the calling thread is interrupted.
     */
    @Override
    public void close() {
        synchronized (streams) {
            if (closed) {
                return;
            }
            closed = true;
        }
        final boolean interrupted = Thread.interrupted();
        try {
            pipeline.handOver();
            CloseHelper.closeAll(pipeline, network, this::closeStreams, monitor, storage);
        } finally {
            keepInterrupt(interrupted);
        }
    }

    /** For tests that drive the engine themselves. */
    List<String> errors() {
        return monitor.errors();
    }

    /** For tests that drive the engine themselves. */
    MemberControl control() {
        return pipeline.control();
    }

    /** For tests that look at what is on the disk and in the state. */
    NodeStorage storage() {
        return storage;
    }

    private void closeStreams() {
        CloseHelper.closeAll(List.copyOf(streams));
    }
}
