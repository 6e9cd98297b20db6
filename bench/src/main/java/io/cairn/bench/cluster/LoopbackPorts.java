package io.cairn.bench.cluster;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;

/**
 * Rows of UDP ports on the loopback that nobody listens on now.
 */
public final class LoopbackPorts {
    private static final int FIRST = 20_000;
    private static final int COUNT = 12_000;
    private static final int PRIME = 31;

    private LoopbackPorts() {
    }

    /**
     * Looks for a row; different processes begin to look at different places.
     *
     * @param count ports, one behind the other.
     * @return the first of them.
     */
    public static int free(final int count) {
        final int rows = COUNT / count;
        final int start = (int) ((ProcessHandle.current().pid() * PRIME + System.nanoTime() / 1_000) % rows);
        for (int i = 0; i < rows; i++) {
            final int port = FIRST + (start + i) % rows * count;
            if (areFree(port, count)) {
                return port;
            }
        }
        throw new IllegalStateException("no " + count + " free UDP ports in a row between " + FIRST + " and " + (FIRST + COUNT));
    }

    private static boolean areFree(final int port, final int count) {
        for (int i = 0; i < count; i++) {
            try (DatagramSocket socket = new DatagramSocket(null)) {
                socket.bind(new InetSocketAddress("127.0.0.1", port + i));
            } catch (final IOException ex) {
                return false;
            }
        }
        return true;
    }
}
