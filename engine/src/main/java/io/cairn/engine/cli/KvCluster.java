package io.cairn.engine.cli;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

import io.cairn.engine.CairnClient;
import io.cairn.engine.CairnClientContext;
import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.MachineClient;
import io.cairn.engine.client.ReadFrom;
import io.cairn.engine.client.SharedSecret;
import io.cairn.engine.embedded.EmbeddedClient;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.KeyValueReplies;
import io.cairn.fsm.Limits;
import io.cairn.fsm.ScanRange;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A cluster, reached by the commands of {@code cairn kv} as by any client. One thread.
 */
final class KvCluster implements KvTarget {
    private static final int PAGE_ROWS = 1_000;
    private static final Duration UNNAMED_SESSION_TIMEOUT = Duration.ofMinutes(1);
    private static final long GRACE_NS = TimeUnit.SECONDS.toNanos(1);

    /**
     * What the command line says.
     *
     * @param members    HOST:PORT, separated by commas.
     * @param clusterId  the cluster that is meant; 0 for any.
     * @param secretFile null for none.
     * @param timeoutNs  how long an answer may take.
     * @param readFrom   who answers queries.
     */
    record Settings(String members, long clusterId, Path secretFile, long timeoutNs, ReadFrom readFrom) {
    }

    private final CairnClient client;
    private final boolean writes;
    private final long timeoutNs;
    private final Interruption interruption;
    private final Pause pause = new Pause();

    private KvCluster(final CairnClient client, final boolean writes, final long timeoutNs, final Interruption interruption) {
        this.client = client;
        this.writes = writes;
        this.timeoutNs = timeoutNs;
        this.interruption = interruption;
        interruption.hold(true);
    }

    /**
     * @param writes      whether the command writes.
     * @param isNamed     whether it resumes, or leaves, a session with a name.
     */
    static KvCluster open(final Settings settings, final boolean writes, final boolean isNamed, final Console console) {
        final CairnClientContext context = new CairnClientContext()
            .cluster(settings.members())
            .clusterId(settings.clusterId())
            .readFrom(settings.readFrom())
            .timeout(Duration.ofNanos(Math.max(settings.timeoutNs(), TimeUnit.MILLISECONDS.toNanos(1))));
        if (!isNamed) {
            // Nobody comes back to it.
            context.sessionTimeout(UNNAMED_SESSION_TIMEOUT);
        }
        if (settings.secretFile() != null) {
            context.authenticator(SharedSecret.ofFile(settings.secretFile()));
        }
        return new KvCluster(CairnClient.connect(context), writes, settings.timeoutNs(), console.interruption());
    }

    /** A command is sent within a session, so that it takes effect once whatever becomes of its leader. */
    @Override
    public AsyncKeyValue newClient() {
        return writes ? client.newSessionClient("") : client.newClient();
    }

    @Override
    public EmbeddedClient newSessionClient(final String name) {
        return client.newSessionClient(name);
    }

    /** Page by page: each is of one state of the cluster, the next may be of a later one. */
    @Override
    public long scan(final byte[] prefix, final boolean reverse, final Rows rows) {
        final KeyValueCommands encoder = new KeyValueCommands();
        final KeyValueReplies replies = new KeyValueReplies();
        final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer(4 * 1024);
        final Bytes field = new Bytes();
        final ScanRange range = new ScanRange().reverse(reverse).rowsMax(PAGE_ROWS);
        range.prefix().wrap(new UnsafeBuffer(prefix), 0, prefix.length);
        try (MachineClient queries = client.machineClient()) {
            while (true) {
                final byte[] query = new byte[encoder.encodeScan(scratch, 0, KeyValueCommands.DEFAULT_TABLE, range)];
                scratch.getBytes(0, query);
                final MachineClient.Answer answer = queries.query(query);
                replies.wrap(new UnsafeBuffer(answer.body()), 0, answer.body().length);
                byte[] last = null;
                while (replies.nextRow()) {
                    last = replies.rowKey(field).toArray();
                    if (!rows.onRow(last, replies.rowValue(field).toArray())) {
                        return answer.index();
                    }
                }
                if (null == last || !replies.hasMore()) {
                    return answer.index();
                }
                range.startAfter().wrap(new UnsafeBuffer(last), 0, last.length);
            }
        }
    }

    @Override
    public StorageEngine.Digest digest(final boolean all) {
        final long index;
        try (MachineClient queries = client.machineClient()) {
            final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer();
            final byte[] query = new byte[new KeyValueCommands().encodeListTables(scratch, 0, 0)];
            scratch.getBytes(0, query);
            index = queries.query(query).index();
        }
        // Of a member that leads no more and does not know it yet, the state may be older than what was acknowledged meanwhile.
        StorageEngine.Digest digest = client.digest(all);
        while (digest.index() < index) {
            digest = client.digest(all);
        }
        return digest;
    }

    /** What a member allows is for it to say. */
    @Override
    public int valueBytesMax() {
        return Limits.VALUE_BYTES_CAP;
    }

    @Override
    public boolean isServing() {
        return client.isOpen();
    }

    @Override
    public String reasonOfEnd() {
        return "the client is closed";
    }

    /** A little more than the client takes, which says better what became of a request. */
    @Override
    public long timeoutNs() {
        return timeoutNs + GRACE_NS;
    }

    @Override
    public void idle() {
        pause.idle();
    }

    @Override
    public void busy() {
        pause.busy();
    }

    @Override
    public void close() {
        try {
            client.close();
        } finally {
            interruption.hold(false);
        }
    }
}
