package io.cairn.engine;

import io.cairn.engine.client.EngineException;

import java.util.ArrayList;
import java.util.List;

/**
 * Says early and plainly when the JVM was started without what off-heap access needs. Asks the module system and touches nothing, so that the
 * answer names every flag that is missing and not only the first that would have failed.
 */
public final class JvmFlags {
    private JvmFlags() {
    }

    /**
     * The flags without which the engine cannot run and that this JVM was started without. Those that only silence a warning are not among them.
     *
     * @return flags as they are written on a command line; empty when all are there.
     */
    public static List<String> missing() {
        final List<String> missing = new ArrayList<>();
        final Module base = Object.class.getModule();
        final Module agrona = moduleOf("org.agrona.UnsafeApi");
        if (!base.isExported("jdk.internal.misc", agrona)) {
            missing.add("--add-exports java.base/jdk.internal.misc=" + nameOf(agrona));
        }
        if (!base.isOpen("java.util.zip", agrona)) {
            missing.add("--add-opens java.base/java.util.zip=" + nameOf(agrona));
        }
        final Module chronicle = moduleOf("net.openhft.chronicle.core.OS");
        if (!base.isOpen("java.lang.reflect", chronicle)) {
            missing.add("--add-opens java.base/java.lang.reflect=" + nameOf(chronicle));
        }
        if (!base.isExported("sun.nio.ch", chronicle)) {
            missing.add("--add-exports java.base/sun.nio.ch=" + nameOf(chronicle));
        }
        return missing;
    }

    private static Module moduleOf(final String className) {
        try {
            return Class.forName(className, false, JvmFlags.class.getClassLoader()).getModule();
        } catch (final ClassNotFoundException ex) {
            throw new EngineException(className + " is not on the class path: take engine with all of its dependencies", ex);
        }
    }

    private static String nameOf(final Module module) {
        return module.isNamed() ? module.getName() : "ALL-UNNAMED";
    }

    static void check() {
        final List<String> missing = missing();
        if (!missing.isEmpty()) {
            throw new EngineException(
                "the JVM was started without flags that off-heap access needs: add " + String.join(" ", missing) +
                    " (docs/embedding.md lists all of them)");
        }
    }
}
