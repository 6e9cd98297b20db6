package io.cairn.bench.cluster;

import io.aeron.driver.Configuration;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;

/**
 * The links between member processes, each of which can be cut one way or lose some of what is sent: a small file, mapped by whoever decides and by
 * every member, one byte for each ordered pair: percent of the packets that are lost, 100 for a link that is cut. Members obey through
 * {@link LossyEndpoint}, which takes the place of what Aeron's driver sends through.
 *
 * <p>Nothing of the machine's own network is touched, so it needs no rights and leaves nothing behind; clients reach every member all the time.
 *
 * <p>Any thread.
 */
public final class Links {
    /** All packets are lost. */
    public static final int CUT = 100;
    static final String FILE = "torture.links";
    static final String MEMBER = "torture.member";
    static final String MEMBERS = "torture.members";
    static final String PORT = "torture.port";
    /** Ports of each member. */
    static final int PORTS = 10;

    private final Path file;
    private final int members;
    private final int port;
    private final MappedByteBuffer loss;

    /**
     * All links are whole.
     *
     * @param file    that says it; made anew.
     * @param members of the cluster.
     * @param port    of the first member, ten for each.
     */
    public Links(final Path file, final int members, final int port) {
        this.file = file;
        this.members = members;
        this.port = port;
        loss = map(file, members * members);
        mend();
    }

    static MappedByteBuffer map(final Path file, final int length) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(FileChannel.MapMode.READ_WRITE, 0, length);
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    /**
     * What makes a member's process obey.
     *
     * @param id of the member.
     * @return flags of its JVM.
     */
    public List<String> flags(final int id) {
        return List.of(
            "-D" + Configuration.SEND_CHANNEL_ENDPOINT_SUPPLIER_PROP_NAME + "=" + LossyEndpoint.class.getName(),
            "-D" + FILE + "=" + file.toAbsolutePath(),
            "-D" + MEMBER + "=" + id,
            "-D" + MEMBERS + "=" + members,
            "-D" + PORT + "=" + port);
    }

    /**
     * From now on packets get lost.
     *
     * @param from    who sends.
     * @param to      who is to receive.
     * @param percent of the packets, {@link #CUT} for all.
     */
    public void lose(final int from, final int to, final int percent) {
        if (from != to) {
            loss.put(from * members + to, (byte) percent);
        }
    }

    /** All links are whole again. */
    public void mend() {
        for (int i = 0; i < members * members; i++) {
            loss.put(i, (byte) 0);
        }
    }
}
