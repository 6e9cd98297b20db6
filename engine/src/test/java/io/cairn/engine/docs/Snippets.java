package io.cairn.engine.docs;

import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;

/**
 * The Java of one page, compiled together. A block that imports something is a file of its own; any other is the body of a method, whose parameters
 * its comment names: {@code <!-- java: StorageEngine engine, KeyValueStore store -->}.
 */
final class Snippets {
    private static final Pattern TYPE = Pattern.compile("(?m)^public (?:final )?(?:class|record|interface|enum) (\\w+)");
    private static final String PARAMETERS = "java: ";
    private static final String[] PACKAGES = {
        "io.cairn.engine", "io.cairn.engine.client", "io.cairn.engine.config", "io.cairn.engine.embedded", "io.cairn.engine.machine",
        "io.cairn.fsm", "io.cairn.snapshot", "io.cairn.wal", "java.nio.file", "java.util", "java.util.concurrent", "java.util.concurrent.locks",
        "org.agrona", "org.agrona.concurrent"
    };

    private static final class Source extends SimpleJavaFileObject {
        private final String content;

        private Source(final String name, final String content) {
            super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
            this.content = content;
        }

        @Override
        public CharSequence getCharContent(final boolean ignoreEncodingErrors) {
            return content;
        }
    }

    private final List<Source> sources = new ArrayList<>();

    Snippets(final Page page) {
        for (final Page.Block block : page.blocks("java")) {
            final String name = typeName(block);
            sources.add(null != name ? new Source(name, block.text()) : fragment(block));
        }
    }

    /** @return name of the public type of a block that is a file of its own, or null. */
    static String typeName(final Page.Block block) {
        final Matcher matcher = TYPE.matcher(block.text());
        return block.text().startsWith("import ") && matcher.find() ? matcher.group(1) : null;
    }

    private static Source fragment(final Page.Block block) {
        final StringBuilder source = new StringBuilder();
        for (final String name : PACKAGES) {
            source.append("import ").append(name).append(".*; ");
        }
        final String name = "Line" + block.line();
        final String parameters = block.comment().startsWith(PARAMETERS) ? block.comment().substring(PARAMETERS.length()) : "";
        source.append("import static java.nio.charset.StandardCharsets.UTF_8; ")
            .append("final class ").append(name).append(" { static void body(").append(parameters).append(") throws Exception {\n")
            .append(block.text())
            .append("} }\n");
        return new Source(name, source.toString());
    }

    /**
     * Compile as the product itself is compiled: every warning is an error.
     *
     * @param target directory for the classes.
     * @return what the compiler has to say, one line each; empty when all is well.
     */
    List<String> compile(final Path target) {
        final List<String> complaints = new ArrayList<>();
        if (sources.isEmpty()) {
            return complaints;
        }
        final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        final DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
        final List<String> options = List.of(
            "-d", target.toString(), "-classpath", System.getProperty("java.class.path"), "-proc:none", "-Xlint:all,-classfile,-path,-options",
            "--release", "17", "-Werror");
        compiler.getTask(null, null, diagnostics, options, null, sources).call();
        for (final Diagnostic<? extends JavaFileObject> diagnostic : diagnostics.getDiagnostics()) {
            final JavaFileObject source = diagnostic.getSource();
            complaints.add((null == source ? "" : source.getName() + ":" + diagnostic.getLineNumber() + ": ") + diagnostic.getMessage(Locale.ROOT));
        }
        return complaints;
    }
}
