package io.cairn.engine;

import io.cairn.engine.client.Authenticator;
import io.cairn.engine.client.EngineException;
import io.cairn.engine.client.SharedSecret;
import io.cairn.engine.gateway.AdminHandler;
import io.cairn.engine.raft.ClusterConfiguration;
import io.cairn.engine.raft.Membership;
import io.cairn.engine.transport.Transport;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongFunction;

/**
 * What makes an embedded node a member of a cluster: who it is, and who the members are at the first start. Later on the log says who they are.
 */
public final class ClusterContext {
    private final Map<Integer, String> members = new TreeMap<>();
    private int memberId = -1;
    private boolean sharedMemory;
    private boolean bootstrap = true;
    private Path aeronDirectory;
    private LongFunction<Transport> transports;
    private long electionSeed;
    private Authenticator authenticator;
    private AdminHandler adminHandler;

    /** Nothing is known yet: at least {@link #memberId} and the {@link #member members} must be said. */
    public ClusterContext() {
    }

    /**
     * @param id of this node, 0 to 31.
     * @return this.
     */
    public ClusterContext memberId(final int id) {
        memberId = id;
        return this;
    }

    /**
     * A member of the cluster at its first start; the same list everywhere.
     *
     * @param id       of the member.
     * @param endpoint HOST:PORT, the first of ten UDP ports it may use.
     * @return this.
     */
    public ClusterContext member(final int id, final String endpoint) {
        members.put(id, endpoint);
        return this;
    }

    /**
     * Whether a blank directory founds the cluster with the other members of the list, once all of them were heard and are blank as well. By
     * default it does: whoever embeds members gives all of them the same list. A blank directory that is not told to waits until a cluster takes it
     * up. A directory that belongs to a cluster never founds another.
     *
     * @param value true at first.
     * @return this.
     */
    public ClusterContext bootstrap(final boolean value) {
        bootstrap = value;
        return this;
    }

    /**
     * All members are inside one media driver and talk through shared memory.
     *
     * @param directory of that driver, which runs already.
     * @return this.
     */
    public ClusterContext sharedMemory(final Path directory) {
        sharedMemory = true;
        aeronDirectory = directory;
        return this;
    }

    /**
     * Where the media driver keeps its files, on a memory file system at best. Unless it is said: below {@code /dev/shm} where that has room,
     * otherwise below the data directory.
     *
     * @param directory of the driver.
     * @return this.
     */
    public ClusterContext aeronDirectory(final Path directory) {
        aeronDirectory = directory;
        return this;
    }

    /**
     * Another network than Aeron, and chances that can be had again: for tests and simulation.
     *
     * @param factory makes the member's transport, given the id of the cluster; the engine closes it.
     * @param seed    of the member's election timeouts.
     * @return this.
     */
    public ClusterContext transport(final LongFunction<Transport> factory, final long seed) {
        transports = factory;
        electionSeed = seed;
        return this;
    }

    /**
     * What clients must know to come in. Without it everyone comes in, which is refused for a member that other machines can reach unless
     * {@code cluster.insecure} is set.
     *
     * @param value the same secret on every member and with every client, for instance {@link SharedSecret}.
     * @return this.
     */
    public ClusterContext authenticator(final Authenticator value) {
        authenticator = value;
        return this;
    }

    /**
     * Who answers what {@link CairnClient#admin} asks of this member.
     *
     * @param value called on the Sequencer's thread: it must not block.
     * @return this.
     */
    public ClusterContext adminHandler(final AdminHandler value) {
        adminHandler = value;
        return this;
    }

    Authenticator authenticator() {
        return authenticator;
    }

    AdminHandler adminHandler() {
        return adminHandler;
    }

    int memberId() {
        return memberId;
    }

    /** Null where the network is Aeron. */
    LongFunction<Transport> transports() {
        return transports;
    }

    long electionSeed() {
        return null == transports ? ThreadLocalRandom.current().nextLong() : electionSeed;
    }

    boolean isBootstrap() {
        return bootstrap;
    }

    boolean isSharedMemory() {
        return sharedMemory;
    }

    Path aeronDirectory() {
        return aeronDirectory;
    }

    /** The members at the first start. */
    ClusterConfiguration initial() {
        if (!members.containsKey(memberId)) {
            throw new EngineException("member " + memberId + " is not among the members " + members.keySet() + ": list it, with its endpoint");
        }
        ClusterConfiguration configuration =
            ClusterConfiguration.of(Membership.of(members.keySet().stream().mapToInt(Integer::intValue).toArray()));
        for (final Map.Entry<Integer, String> member : members.entrySet()) {
            configuration = configuration.withEndpoint(member.getKey(), member.getValue());
        }
        return configuration;
    }

}
