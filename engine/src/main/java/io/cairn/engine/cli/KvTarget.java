package io.cairn.engine.cli;

import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.embedded.EmbeddedClient;

/**
 * Whose keys the commands of {@code cairn kv} read and write: those of a directory that this process has opened, or of a cluster. One thread.
 */
interface KvTarget extends AutoCloseable {
    /** Takes the rows of a scan. */
    @FunctionalInterface
    interface Rows {
        /** @return false for no more. */
        boolean onRow(byte[] key, byte[] value);
    }

    /** @return a client for the command; closed by whoever asked. */
    AsyncKeyValue newClient();

    /** @return a client within the session of that name. */
    EmbeddedClient newSessionClient(String name);

    /** Every row whose key begins like that, in the order of keys. @return the index that they are of. */
    long scan(byte[] prefix, boolean reverse, Rows rows);

    /** @return digest of everything that was acknowledged before. */
    StorageEngine.Digest digest(boolean all);

    /** @return longest value that is worth sending. */
    int valueBytesMax();

    /** @return false once nobody answers any more. */
    boolean isServing();

    /** @return why nobody does, as a sentence for a person. */
    String reasonOfEnd();

    /** @return how long an answer may take. */
    long timeoutNs();

    /** Nothing arrived: wait a little, longer as it goes on. */
    void idle();

    /** Something arrived. */
    void busy();

    @Override
    void close();
}
