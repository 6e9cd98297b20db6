package io.cairn.engine;

import io.cairn.engine.client.EngineException;

import org.agrona.UnsafeApi;

/**
 * Says early and plainly when the JVM was started without what off-heap access needs.
 */
final class JvmFlags {
    private JvmFlags() {
    }

    static void check() {
        try {
            UnsafeApi.fullFence();
            Class.forName("org.agrona.checksum.Crc32c", true, JvmFlags.class.getClassLoader());
        } catch (final IllegalAccessError | ExceptionInInitializerError | NoClassDefFoundError | ClassNotFoundException ex) {
            throw new EngineException(
                "the JVM was started without the flags that off-heap access needs: add --add-exports " +
                    "java.base/jdk.internal.misc=ALL-UNNAMED --add-opens java.base/java.util.zip=ALL-UNNAMED and the others of " +
                    "docs/embedding.md", ex);
        }
    }
}
