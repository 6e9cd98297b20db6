package io.cairn.bench.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;

/**
 * A cluster of processes over UDP on the loopback, founded and ready. One thread.
 */
public final class MemberProcesses implements AutoCloseable {
    private static final int PORTS = Links.PORTS;

    private final List<MemberProcess> members = new ArrayList<>();
    private final List<String> addresses = new ArrayList<>();
    private final Path directory;
    private final List<String> arguments;
    private final Links links;

    private MemberProcesses(
        final int count, final Path directory, final List<String> arguments, final List<String> jvmFlags, final boolean areLinksLossy) {
        this.directory = directory;
        this.arguments = arguments;
        final int port = LoopbackPorts.free(PORTS * count);
        for (int id = 0; id < count; id++) {
            addresses.add("127.0.0.1:" + (port + PORTS * id));
        }
        links = new Links(directory.resolve("links"), count, port);
        final String list = list();
        for (int id = 0; id < count; id++) {
            final List<String> flags = new ArrayList<>(jvmFlags.isEmpty() ? MemberProcess.NODE_FLAGS : jvmFlags);
            if (areLinksLossy) {
                flags.addAll(links.flags(id));
            }
            members.add(new MemberProcess(id, list, directory, arguments, flags));
        }
    }

    private String list() {
        final StringJoiner list = new StringJoiner(",");
        for (int id = 0; id < addresses.size(); id++) {
            list.add(id + "=" + addresses.get(id));
        }
        return list.toString();
    }

    /**
     * Starts one more, blank, which belongs to nothing until it is added.
     *
     * @return where it is, HOST:PORT.
     */
    public String startBlank() {
        final int id = addresses.size();
        addresses.add("127.0.0.1:" + LoopbackPorts.free(PORTS));
        final MemberProcess blank = MemberProcess.joining(id, list(), directory, arguments);
        members.add(blank);
        blank.start();
        return addresses.get(id);
    }

    /**
     * Where members are.
     *
     * @return HOST:PORT by id.
     */
    public List<String> addresses() {
        return addresses;
    }

    /**
     * Where a member keeps its data.
     *
     * @param id of the member.
     * @return its data directory.
     */
    public Path dataDirectory(final int id) {
        return MemberProcess.dataDirectory(directory, id);
    }

    /**
     * Starts members.
     *
     * @param count     of them.
     * @param directory gets their data and what they print.
     * @param arguments of {@code node} besides those that say who they are.
     * @param jvmFlags  of each process; empty for those that the launcher gives a node.
     * @param areLinksLossy whether the links between them can be cut.
     * @param timeoutNs until all are ready.
     * @return the cluster; a leader may not be there yet.
     */
    public static MemberProcesses start(
        final int count,
        final Path directory,
        final List<String> arguments,
        final List<String> jvmFlags,
        final boolean areLinksLossy,
        final long timeoutNs) {
        try {
            Files.createDirectories(directory);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
        final MemberProcesses processes = new MemberProcesses(count, directory, arguments, jvmFlags, areLinksLossy);
        try {
            processes.members.forEach(MemberProcess::start);
            processes.members.forEach(member -> member.awaitReady(timeoutNs));
            return processes;
        } catch (final RuntimeException ex) {
            processes.close();
            throw ex;
        }
    }

    /**
     * The members by id.
     *
     * @return live.
     */
    public List<MemberProcess> members() {
        return members;
    }

    /**
     * The links between them.
     *
     * @return obeyed only where they were started with links that can be cut.
     */
    public Links links() {
        return links;
    }

    /**
     * Where clients find them.
     *
     * @return as {@code --cluster} takes it.
     */
    public String endpoints() {
        return String.join(",", addresses);
    }

    @Override
    public void close() {
        members.forEach(MemberProcess::close);
    }
}
