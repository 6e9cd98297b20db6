package io.cairn.engine.config;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The registry of all configuration keys, in the order in which a person reads them.
 */
public final class ConfigKeys {
    private static final Map<String, ConfigKey> BY_NAME = new LinkedHashMap<>();

    /** Which threads run the agents: a {@link ThreadingMode}. */
    public static final ConfigKey THREADING_MODE = register(ConfigKey.choice("threading.mode", ThreadingMode.class, ThreadingMode.SHARED)
        .doc("Which threads run Sequencer, Syncer and Applier; invoker means the application calls doWork() itself.")
        .cost("dedicated takes a core for each busy agent; shared adds the apply time to the write path; invoker forces inline."));

    /** What an acknowledgement promises: a {@link Durability}. */
    public static final ConfigKey DURABILITY = register(ConfigKey.choice("durability", Durability.class, Durability.GROUP)
        .doc("What an acknowledgement promises: os survives a process crash, group a power loss, interval all but the last durability.interval.")
        .cost("group adds one force of the device (about 0.1 ms) to each acknowledgement; os and interval lose acknowledged data with the power."));

    /** Time between forces, ns, where durability is {@code interval}. */
    public static final ConfigKey DURABILITY_INTERVAL = register(ConfigKey.duration("durability.interval", "10ms").between("100us", "60s")
        .doc("Time between forces where durability is interval: the window of acknowledged writes a power loss may take.")
        .cost("Shorter forces more often and takes bandwidth from the device; longer loses more when power fails."));

    /** Whether the Syncer has a thread of its own where it need not have one. */
    public static final ConfigKey SYNCER_THREAD = register(ConfigKey.bool("syncer.thread", "false")
        .doc("Whether in invoker mode under group the Syncer has a thread of its own, instead of forcing on the thread that calls doWork().")
        .cost("A hop to that thread and back for each force; without it members that one thread drives force one after the other."));

    /** Idle strategy of the Sequencer: an {@link IdleKind}. */
    public static final ConfigKey IDLE_SEQUENCER = register(ConfigKey.choice("idle.sequencer", IdleKind.class, IdleKind.BACKOFF)
        .doc("What the Sequencer does when there is nothing to do; in shared mode this is the thread of Sequencer and Applier.")
        .cost("busy-spin takes a whole core; park adds up to a tenth of a millisecond to a write that finds it idle."));

    /** Idle strategy of the Syncer: an {@link IdleKind}. */
    public static final ConfigKey IDLE_SYNCER = register(ConfigKey.choice("idle.syncer", IdleKind.class, IdleKind.BACKOFF)
        .doc("What the Syncer does when everything appended is forced.")
        .cost("busy-spin takes a whole core to save some microseconds of wake-up beside a force of about a hundred."));

    /** Idle strategy of the Applier: an {@link IdleKind}. */
    public static final ConfigKey IDLE_APPLIER = register(ConfigKey.choice("idle.applier", IdleKind.class, IdleKind.BACKOFF)
        .doc("What the Applier does when everything committed is applied; used in dedicated mode only.")
        .cost("busy-spin takes a whole core; park adds up to a tenth of a millisecond to a reply."));

    /** Idle strategy of the Snapshotter: an {@link IdleKind}. */
    public static final ConfigKey IDLE_SNAPSHOTTER = register(ConfigKey.choice("idle.snapshotter", IdleKind.class, IdleKind.PARK)
        .doc("What the Snapshotter does when no snapshot is being written.")
        .cost("Anything but park or backoff takes a core from the agents that a client waits for."));

    /** Idle strategy of the threads of an embedded media driver: an {@link IdleKind}. */
    public static final ConfigKey IDLE_DRIVER = register(ConfigKey.choice("idle.driver", IdleKind.class, IdleKind.BACKOFF)
        .doc("What the threads of an embedded media driver do when there is nothing to do, where it has any (cluster.driver shared or dedicated).")
        .cost("busy-spin takes a whole core for each thread; backoff parks for up to a tenth of a millisecond, park for up to a millisecond, " +
            "which every message that finds it idle waits for."));

    /** Directory of the log; empty means {@code wal} under the data directory. */
    public static final ConfigKey WAL_DIR = register(ConfigKey.text("wal.dir", "")
        .doc("Directory of the write-ahead log; empty means wal under the data directory.")
        .cost("A device of its own keeps snapshots from slowing forces down."));

    /** Length of a segment, bytes. */
    public static final ConfigKey WAL_SEGMENT_SIZE = register(ConfigKey.size("wal.segment.size", "64m").between("64k", "1g").powerOfTwo()
        .doc("Length of a log segment; it is written with zeroes ahead of use and recycled.")
        .cost("Larger segments take more disk and a longer scan of the tail at start; smaller ones roll more often."));

    /** Number of segments kept ready ahead of the appender. */
    public static final ConfigKey WAL_SEGMENTS_AHEAD = register(ConfigKey.integer("wal.segments.ahead", "2").between("1", "64")
        .doc("Segments prepared ahead of the appender.")
        .cost("Each takes wal.segment.size of disk; too few, and a long burst waits for one to be written."));

    /** How a group is forced: a {@link ForceChoice}. */
    public static final ConfigKey WAL_FORCE_METHOD = register(ConfigKey.choice("wal.force.method", ForceChoice.class, ForceChoice.AUTO)
        .doc("How a group of records is forced to the device; auto takes pwrite under group and msync elsewhere, which measured fastest.")
        .cost("They differ by up to a factor of two on one device: measure before choosing."));

    /** Length of the longest payload of a record, bytes. */
    public static final ConfigKey WAL_RECORD_MAX = register(ConfigKey.size("wal.record.max", "1536k").between("1k", "64m")
        .doc("Longest command; a longer one is refused before it is logged.")
        .cost("Both rings must hold eight times as much."));

    /** Bytes of the log touched ahead of the appender. */
    public static final ConfigKey WAL_PRETOUCH = register(ConfigKey.size("wal.pretouch", "1m").between("4k", "1g").zeroIsOff()
        .doc("How far ahead of the appender the pages of the log are touched by a background thread.")
        .cost("0 leaves page faults of 5 to 8 microseconds to the Sequencer; more than a few megabytes is touched in vain."));

    /** Directory of snapshots; empty means {@code snapshots} under the data directory. */
    public static final ConfigKey SNAPSHOT_DIR = register(ConfigKey.text("snapshot.dir", "")
        .doc("Directory of the snapshots; empty means snapshots under the data directory.")
        .cost("A device of its own keeps snapshots from slowing forces down."));

    /** Entries since the last snapshot that start one. */
    public static final ConfigKey SNAPSHOT_TRIGGER_ENTRIES = register(
        ConfigKey.integer("snapshot.trigger.entries", "50000000").between("1", "1000000000000").zeroIsOff()
            .doc("A snapshot starts after this many entries since the last one.")
            .cost("More entries mean a longer replay at start; fewer mean more snapshot writing."));

    /** Bytes of log since the last snapshot that start one. */
    public static final ConfigKey SNAPSHOT_TRIGGER_BYTES = register(
        ConfigKey.size("snapshot.trigger.bytes", "4g").between("64k", "1024g").zeroIsOff()
            .doc("A snapshot starts after this many bytes of log since the last one.")
            .cost("More bytes mean more disk and a longer replay at start; fewer mean more snapshot writing."));

    /** Bytes of log since the last snapshot, relative to that snapshot's size, that start one. */
    public static final ConfigKey SNAPSHOT_TRIGGER_RATIO = register(
        ConfigKey.decimal("snapshot.trigger.ratio", "4").between("0.1", "1000").zeroIsOff()
            .doc("A snapshot starts when the log since the last one is this many times as large as the last snapshot (and at least 64m).")
            .cost("Lower keeps the disk in proportion to the state; higher writes fewer snapshots."));

    /** Time since the last snapshot that starts one, ns, if anything changed. */
    public static final ConfigKey SNAPSHOT_TRIGGER_INTERVAL = register(
        ConfigKey.duration("snapshot.trigger.interval", "0").between("1s", "1000000s").zeroIsOff()
            .doc("A snapshot starts this long after the last one if anything changed.")
            .cost("Short intervals write a slowly changing state over and over."));

    /** Number of snapshots retained. */
    public static final ConfigKey SNAPSHOT_RETAIN = register(ConfigKey.integer("snapshot.retain", "2").between("2", "1000")
        .doc("Snapshots kept, besides what their chains need; the log is released only behind the second-newest one.")
        .cost("Each takes about the size of the state on disk."));

    /** Whether snapshots may be incremental. */
    public static final ConfigKey SNAPSHOT_INCREMENTAL = register(ConfigKey.bool("snapshot.incremental", "true")
        .doc("Write only the pages that changed since the snapshot before, where that is cheaper.")
        .cost("A restart reads the whole chain; merging it takes some background I/O."));

    /** Number of increments on top of a full snapshot. */
    public static final ConfigKey SNAPSHOT_CHAIN_MAX = register(ConfigKey.integer("snapshot.chain.max", "8").between("0", "1000")
        .doc("Increments on top of a full snapshot before the chain is merged or a full one is written.")
        .cost("Longer chains take longer to open and keep more disk."));

    /** Bytes per second a snapshot may write. */
    public static final ConfigKey SNAPSHOT_RATE = register(ConfigKey.size("snapshot.rate", "128m").between("64k", "1024g").zeroIsOff()
        .doc("Bytes per second a snapshot may write; 0 leaves it unlimited.")
        .cost("Faster takes the device from the Syncer and shows in the tail latency; slower keeps retired pages in memory for longer."));

    /** Number of threads that read a snapshot when a node opens. */
    public static final ConfigKey SNAPSHOT_READ_THREADS = register(ConfigKey.integer("snapshot.read.threads", "2").between("1", "16")
        .doc("Threads that read the newest snapshot's pages while the node opens; each reads one part of the file from front to back.")
        .cost("One is enough for a device slower than about 1 GB/s; more than cores gain nothing, and a disk with a moving head wants 1."));

    /** Whether the trees of a restored state are checked, not only its bytes. */
    public static final ConfigKey SNAPSHOT_VERIFY_STRUCTURE = register(ConfigKey.bool("snapshot.verify.structure", "false")
        .doc("Walk every restored tree and check order, fill and links; each page's checksum is compared in any case.")
        .cost("Adds a walk over all entries to the time to open; finds what was written wrong, where checksums find what was read wrong."));

    /** Entries kept in the log behind the snapshot that would release them. */
    public static final ConfigKey LOG_TRAILING_ENTRIES = register(ConfigKey.integer("log.trailing.entries", "100000").between("0", "1000000000000")
        .doc("Entries kept in the log behind the point up to which it could be released, for slow followers and subscribers.")
        .cost("Takes disk."));

    /** Bytes of log kept behind what could be released. */
    public static final ConfigKey LOG_TRAILING_BYTES = register(ConfigKey.size("log.trailing.bytes", "0").between("64k", "1024g").zeroIsOff()
        .doc("Bytes of log, in whole segments, kept behind the point up to which it could be released, for slow followers and subscribers: " +
            "what a member misses during an absence at your rate of writes. It is kept beside log.trailing.entries; whichever reaches further " +
            "back counts. 0 keeps by entries alone.")
        .cost("Takes disk."));

    /** Size of a page of the state, bytes. */
    public static final ConfigKey STATE_PAGE_SIZE = register(ConfigKey.size("state.page.size", "4k").between("512", "64k").powerOfTwo()
        .doc("Size of a page of the state; a data directory keeps the size it was made with. Keys are at most a quarter of it long (1,024 bytes " +
            "from 4k on): below 4k all members of a cluster need the same size, since one that cannot hold a key which its leader took stops.")
        .cost("Larger pages suit large values and scans, and make each copy on write dearer."));

    /** Most memory or file the state may take, bytes. */
    public static final ConfigKey STATE_MEMORY_MAX = register(ConfigKey.size("state.memory.max", "64g").between("1m", "8192g")
        .doc("Most the pages of the state may take; commands that add are refused before it is reached.")
        .cost("Address space only until used; while a snapshot is written, changed pages exist twice."));

    /** Size of the extents in which page memory is taken, bytes. */
    public static final ConfigKey STATE_EXTENT_SIZE = register(ConfigKey.size("state.extent.size", "16m").between("64k", "1g").powerOfTwo()
        .doc("Size of the extents in which memory for pages is taken.")
        .cost("Larger extents take longer to map and zero, and waste more in a small state."));

    /** Whether extents are advised to be backed by huge pages. */
    public static final ConfigKey STATE_HUGE_PAGES = register(ConfigKey.bool("state.huge.pages", "false")
        .doc("Advise the system to back the state with huge pages.")
        .cost("Fewer TLB misses; memory is taken 2 MiB at a time, and compaction by the kernel may stall."));

    /** Where pages live: a {@link StateStorage}. */
    public static final ConfigKey STATE_STORAGE = register(ConfigKey.choice("state.storage", StateStorage.class, StateStorage.MEMORY)
        .doc("Where the pages of the state live; file is a scratch file that lets the state exceed memory.")
        .cost("With file, a page that is not cached costs a read of the device, about 60 microseconds."));

    /** Directory of the scratch file; empty means {@code state} under the data directory. */
    public static final ConfigKey STATE_DIR = register(ConfigKey.text("state.dir", "")
        .doc("Directory of the scratch file where state.storage is file; empty means state under the data directory.")
        .cost("A slow device there slows every operation on the state."));

    /** Capacity of the ingress ring, bytes. */
    public static final ConfigKey INGRESS_RING_SIZE = register(ConfigKey.size("ingress.ring.size", "16m").between("16k", "1g").powerOfTwo()
        .doc("Capacity of the ring from clients to the Sequencer; full is answered with back-pressure.")
        .cost("Larger rings hide bursts and lengthen the queue behind them; a ring beyond the processor's cache is slower."));

    /** Capacity of the reply ring, bytes. */
    public static final ConfigKey REPLY_RING_SIZE = register(ConfigKey.size("reply.ring.size", "16m").between("16k", "1g").powerOfTwo()
        .doc("Capacity of the ring from the Applier to a client; a client that does not poll stops its own admission when it is full.")
        .cost("Each client takes this much memory once it has gone round."));

    /** Number of unanswered commands of one client. */
    public static final ConfigKey CLIENT_INFLIGHT_MAX = register(ConfigKey.integer("client.inflight.max", "8192").between("1", "1048576").powerOfTwo()
        .doc("Commands of one client that may wait for an answer.")
        .cost("More raises throughput under group durability until the device is busy, and latency with it."));

    /** Log time after which an idle session expires, ns. */
    public static final ConfigKey SESSION_TIMEOUT = register(ConfigKey.duration("session.timeout", "3600s").between("1s", "10000000s")
        .doc("Log time after which a session that sent nothing expires; a retry after that is refused, never executed.")
        .cost("Longer keeps the answers of vanished clients in the state."));

    /** Longest interval between ticks in the log while time matters and nothing else is logged, ns. */
    public static final ConfigKey LOG_TICK_INTERVAL = register(ConfigKey.duration("log.tick.interval", "1s").between("10ms", "3600s")
        .doc("How often an idle node logs the time while keys with a time to live or sessions exist.")
        .cost("Shorter expires more promptly and lets an idle log grow."));

    /** Shortest time between two frozen roots for read views, ns. */
    public static final ConfigKey READ_VIEW_INTERVAL = register(ConfigKey.duration("read.view.interval", "1ms").between("10us", "60s")
        .doc("Shortest time between two versions of the state that read views see.")
        .cost("Shorter shows newer data and makes the next write to each page copy it."));

    /** Time between background checks of everything on disk, ns. */
    public static final ConfigKey SCRUB_INTERVAL = register(ConfigKey.duration("scrub.interval", "0").between("1s", "10000000s").zeroIsOff()
        .doc("Time between background checks of the sealed log and the snapshots against their checksums.")
        .cost("Reads everything on disk once per interval."));

    /** Whether everything on disk is verified when it is opened. */
    public static final ConfigKey VERIFY_ON_OPEN = register(ConfigKey.bool("verify.on.open", "false")
        .doc("Verify every record and every snapshot that is kept when the node opens, not only what it reads.")
        .cost("A start reads the whole directory."));

    /** Directory of the counters file; empty means the data directory. */
    public static final ConfigKey COUNTERS_DIR = register(ConfigKey.text("counters.dir", "")
        .doc("Directory of the counters file; empty means the data directory.")
        .cost("On a disk, write-back of the file can stall a counter; a memory file system such as /dev/shm cannot."));

    /** Name of the counters file. */
    public static final ConfigKey COUNTERS_FILE = register(ConfigKey.text("counters.file", "counters.dat")
        .doc("Name of the counters file.")
        .cost("None."));

    /** Capacity of the distinct error log, bytes. */
    public static final ConfigKey ERROR_LOG_SIZE = register(ConfigKey.size("error.log.size", "256k").between("16k", "64m")
        .doc("Capacity of the log of distinct errors in the counters file.")
        .cost("Takes that much of the counters file; when it is full, new kinds of error are only counted."));

    /* @@ */
    /** Port of the Prometheus endpoint. */
    public static final ConfigKey PROMETHEUS_PORT = register(ConfigKey.integer("prometheus.port", "0").between("1", "65535").zeroIsOff()
        .doc("Port of the Prometheus text endpoint (/metrics).")
        .cost("One more thread, idle but for scrapes."));

    /** Address the Prometheus endpoint listens on. */
    public static final ConfigKey PROMETHEUS_BIND = register(ConfigKey.text("prometheus.bind", "127.0.0.1")
        .doc("Address the Prometheus endpoint listens on.")
        .cost("Anything but loopback shows the counters to the network, without a password."));

    /** Shortest election timeout, ns. */
    public static final ConfigKey CLUSTER_ELECTION_TIMEOUT_MIN = register(
        ConfigKey.duration("cluster.election.timeout.min", "300ms").between("5ms", "60s")
            .doc("Shortest time without a leader after which a member stands for election; also how long it refuses votes after it heard one.")
            .cost("Shorter recovers faster and takes a paused process or a slow disk for a dead leader."));

    /** Longest election timeout, ns. */
    public static final ConfigKey CLUSTER_ELECTION_TIMEOUT_MAX = register(
        ConfigKey.duration("cluster.election.timeout.max", "600ms").between("5ms", "120s")
            .doc("Longest time without a leader before a member stands; each draws its own time between the two. A leader that hears no quorum for " +
                "this long steps down.")
            .cost("A narrow range lets members stand at once and split the vote; a wide one waits longer."));

    /** Time between heartbeats, ns. */
    public static final ConfigKey CLUSTER_HEARTBEAT = register(ConfigKey.duration("cluster.heartbeat", "50ms").between("1ms", "10s")
        .doc("Time between the heartbeats of a leader that has nothing to send; well below the shortest election timeout.")
        .cost("Shorter sends more small messages; longer finds lost messages and dead members later."));

    /** Bytes of a term buffer of the log stream. */
    public static final ConfigKey CLUSTER_LOG_TERM = register(ConfigKey.size("cluster.log.term", "16m").between("64k", "1g").powerOfTwo()
        .doc("Term buffer of the stream that carries entries to a member; an eighth of it is the longest message.")
        .cost("Each pair of members takes three of them on either side."));

    /** Bytes of a datagram. */
    public static final ConfigKey CLUSTER_MTU = register(ConfigKey.integer("cluster.mtu", "1408").between("512", "65504")
        .doc("Datagram between members, a multiple of 32; the same for all members.")
        .cost("More than the network's own packets are cut into is fast on the loopback and lost more easily elsewhere."));

    /** Who runs the media driver: a {@link DriverMode}. */
    public static final ConfigKey CLUSTER_DRIVER = register(ConfigKey.choice("cluster.driver", DriverMode.class, DriverMode.SHARED)
        .doc("Which media driver carries a member's messages: an embedded one on the Sequencer's thread (invoker) or on one (shared) or three " +
            "(dedicated) of its own, or one that runs already (external).")
        .cost("invoker saves a hop and takes time from the Sequencer; dedicated wants three cores."));

    /** Clients of other processes at once. */
    public static final ConfigKey CLIENTS_MAX = register(ConfigKey.integer("clients.max", "128").between("1", "200")
        .doc("Clients of other processes that a member serves at once; one more is refused with the reason.")
        .cost("Each takes a reply ring (reply.ring.size) and a term buffer of cluster.log.term, once they have gone round."));

    /** Silence after which a client of another process counts as gone, ns. */
    public static final ConfigKey CLIENT_TIMEOUT = register(ConfigKey.duration("client.timeout", "10s").between("500ms", "3600s")
        .doc("Silence after which a member takes a client of another process for gone, and gives its place to others; a client that reads nothing " +
            "for half as long is let go as well.")
        .cost("Shorter takes a client that was stopped for a moment for a dead one; longer keeps its place and its buffers."));

    /** Whether a member that other machines reach may go without a secret. */
    public static final ConfigKey CLUSTER_INSECURE = register(ConfigKey.bool("cluster.insecure", "false")
        .doc("Let a member listen on an address that is not loopback without a secret.")
        .cost("Whoever reaches its ports reads and writes everything."));

    /** Bytes per second of a snapshot to another member. */
    public static final ConfigKey CLUSTER_SNAPSHOT_RATE = register(
        ConfigKey.size("cluster.snapshot.rate", "64m").between("64k", "1024g").zeroIsOff()
            .doc("Bytes per second of a snapshot that is sent to another member; of the entries that a new one missed a quarter as many, and twice "
                + "as many in each further round of catching up; 0 leaves both unlimited.")
            .cost("Faster takes processor, network and disk from the commands meanwhile; slower leaves the cluster one member short for longer."));

    /** Whether other members are sent only what changed. */
    public static final ConfigKey CLUSTER_SNAPSHOT_INCREMENTS = register(ConfigKey.bool("cluster.snapshot.increments", "true")
        .doc("Whether a member that needs entries which were released is sent what changed since its own newest snapshot, where that is known, " +
            "and not the whole state.")
        .cost("The member writes a snapshot first and builds the new state from it, and both sides read their whole state once to compare digests."));

    private ConfigKeys() {
    }

    private static ConfigKey register(final ConfigKey key) {
        final String problem = key.problem(key.defaultValue());
        if (problem != null || BY_NAME.put(key.name(), key) != null) {
            throw new IllegalStateException(key.name() + ": " + problem);
        }
        return key;
    }

    /**
     * All keys.
     *
     * @return the keys in the order of the registry.
     */
    public static Collection<ConfigKey> all() {
        return Collections.unmodifiableCollection(BY_NAME.values());
    }

    /**
     * Find a key by name.
     *
     * @param name of the key.
     * @return the key.
     * @throws ConfigException if there is none of that name.
     */
    public static ConfigKey named(final String name) {
        final ConfigKey key = BY_NAME.get(name);
        if (key == null) {
            throw new ConfigException("unknown key '" + name + "'" + Spelling.suggestion(name, BY_NAME.keySet()));
        }
        return key;
    }
}
