package io.cairn.engine.sim;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The tests' own test: compiles production classes with one {@link Defect} at a time, loads everything of the product anew with those in front, and
 * simulates until the defect is caught. Nothing of the product knows about it: no switch, no hook.
 */
final class Defects {
    private final Path root;

    /**
     * @param root of the repository, where the sources are.
     */
    Defects(final Path root) {
        this.root = root;
    }

    /** The product's classes come from the mutants' directory where they are there, and are loaded again for each mutant in any case. */
    private static final class MutantLoader extends URLClassLoader {
        MutantLoader(final URL[] urls, final ClassLoader parent) {
            super(urls, parent);
        }

        @Override
        protected Class<?> loadClass(final String name, final boolean resolve) throws ClassNotFoundException {
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                if (null == loaded) {
                    loaded = name.startsWith("io.cairn.") ? findClass(name) : super.loadClass(name, false);
                }
                if (resolve) {
                    resolveClass(loaded);
                }
                return loaded;
            }
        }
    }

    /** The repository that the working directory is in. */
    static Path findRoot() {
        Path path = Path.of("").toAbsolutePath();
        while (null != path && !Files.isDirectory(path.resolve("engine/src/main/java"))) {
            path = path.getParent();
        }
        if (null == path) {
            throw new IllegalStateException("not inside a repository: the sources of the product are needed to change them");
        }
        return path;
    }

    private Path file(final Defect defect) {
        final String[] parts = defect.source().split(":");
        return root.resolve(parts[0]).resolve("src/main/java").resolve(parts[1]);
    }

    /** @return the source with the defect in it. */
    String mutated(final Defect defect) throws IOException {
        final String text = Files.readString(file(defect));
        final int at = text.indexOf(defect.from());
        if (at < 0 || text.indexOf(defect.from(), at + 1) >= 0) {
            throw new IllegalStateException(defect.name() + ": its text does not stand exactly once in " + file(defect));
        }
        return text.substring(0, at) + defect.to() + text.substring(at + defect.from().length());
    }

    /**
     * Simulate with a defect.
     *
     * @param defect   to be caught.
     * @param seedsMax seeds to try, from 1 on.
     * @return the seed that caught it and what it said; null when none did.
     */
    Caught hunt(final Defect defect, final int seedsMax) throws IOException, ReflectiveOperationException {
        final Path directory = Files.createTempDirectory("cairn-defect-");
        try {
            compile(defect, directory);
            try (MutantLoader loader = new MutantLoader(urls(directory), Defects.class.getClassLoader())) {
                final Class<?> simulate = loader.loadClass(Simulate.class.getName());
                for (int seed = 1; seed <= seedsMax; seed++) {
                    final String failure = (String)simulate.getMethod("failure", long.class).invoke(null, (long)seed);
                    if (null != failure) {
                        return new Caught(seed, failure.lines().findFirst().orElse(""));
                    }
                }
            }
            return null;
        } finally {
            delete(directory);
        }
    }

    /**
     * How a defect was caught.
     *
     * @param seed    that did it; all smaller ones did not.
     * @param failure first line of what it said.
     */
    record Caught(int seed, String failure) {
    }

    private void compile(final Defect defect, final Path directory) throws IOException {
        final Path source = directory.resolve("source").resolve(file(defect).getFileName());
        Files.createDirectories(source.getParent());
        Files.writeString(source, mutated(defect));
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final StringWriter output = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            final List<String> options = List.of(
                "-proc:none", "-nowarn", "--release", "17", "-d", directory.toString(), "-cp", System.getProperty("java.class.path"));
            if (!compiler.getTask(output, files, null, options, null, files.getJavaFileObjects(source)).call()) {
                throw new IllegalStateException(defect.name() + " does not compile: " + output);
            }
        }
    }

    private static URL[] urls(final Path directory) throws MalformedURLException {
        final List<URL> urls = new ArrayList<>();
        urls.add(directory.toUri().toURL());
        for (final String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
            urls.add(Path.of(entry).toUri().toURL());
        }
        return urls.toArray(new URL[0]);
    }

    private static void delete(final Path directory) throws IOException {
        try (Stream<Path> paths = Files.walk(directory)) {
            paths.sorted(Comparator.reverseOrder()).forEach(path -> {
                try {
                    Files.delete(path);
                } catch (final IOException ex) {
                    throw new UncheckedIOException(ex);
                }
            });
        }
    }
}
