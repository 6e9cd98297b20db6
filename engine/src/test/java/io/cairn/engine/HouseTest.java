package io.cairn.engine;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.belongToAnyOf;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaAccess.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callCodeUnitWhere;
import static com.tngtech.archunit.lang.conditions.ArchConditions.callMethod;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import java.io.PrintStream;
import java.util.Set;
import java.util.stream.Collectors;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.core.importer.Location;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;

/**
 * The plan of the house, judged on compiled classes. Which module may see which is also judged by the build itself; here the finer arrows are.
 */
@AnalyzeClasses(packages = "io.cairn", importOptions = HouseTest.WithoutTests.class)
final class HouseTest {
    private static final String GENERATED = "io.cairn..codec..";

    /** The tests of other modules come as directories from {@code mvn test} and as jars from {@code mvn verify}. */
    static final class WithoutTests implements ImportOption {
        private final ImportOption directories = new DoNotIncludeTests();

        @Override
        public boolean includes(final Location location) {
            return directories.includes(location) && !location.contains("-tests.jar");
        }
    }

    private HouseTest() {
    }

    @ArchTest
    static final ArchRule WAL_KNOWS_NO_OTHER_ROOM = noClasses().that().resideInAPackage("io.cairn.wal..")
        .should().dependOnClassesThat().resideInAnyPackage("io.cairn.fsm..", "io.cairn.snapshot..", "io.cairn.engine..");

    @ArchTest
    static final ArchRule FSM_KNOWS_NO_OTHER_ROOM = noClasses().that().resideInAPackage("io.cairn.fsm..")
        .should().dependOnClassesThat().resideInAnyPackage("io.cairn.wal..", "io.cairn.snapshot..", "io.cairn.engine..");

    @ArchTest
    static final ArchRule SNAPSHOT_KNOWS_FSM_AND_THE_FILE_PORT_ONLY = noClasses().that().resideInAPackage("io.cairn.snapshot..")
        .should().dependOnClassesThat(resideInAPackage("io.cairn.engine..")
            .or(resideInAPackage("io.cairn.wal..").and(not(resideInAPackage("io.cairn.wal.io..")))));

    @ArchTest
    static final ArchRule PACKAGES_HAVE_NO_CYCLES = slices().matching("io.cairn.(**)").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule RAFT_SEES_NOTHING_BUT_ITSELF_AND_PURE_VALUES = classes().that().resideInAPackage("io.cairn.engine.raft..")
        .should().onlyDependOnClassesThat().resideInAnyPackage(
            "io.cairn.engine.raft..", "java.lang..", "java.util", "java.util.function", "org.agrona", "org.agrona.collections");

    @ArchTest
    static final ArchRule FSM_DOES_NO_IO_AND_HAS_NO_THREADS = noClasses().that().resideInAPackage("io.cairn.fsm..")
        .should().dependOnClassesThat().resideInAnyPackage(
            "java.nio.channels..", "java.util.concurrent..", "java.net..", "java.time..", "io.aeron..", "java.lang.foreign..");

    @ArchTest
    static final ArchRule FSM_OPENS_NO_FILES = noClasses().that().resideInAPackage("io.cairn.fsm..")
        .should().dependOnClassesThat(belongToAnyOf(
            java.nio.file.Files.class, java.io.File.class, java.io.FileInputStream.class, java.io.FileOutputStream.class,
            java.io.RandomAccessFile.class));

    @ArchTest
    static final ArchRule RAFT_AND_FSM_ARE_DETERMINISTIC = noClasses().that().resideInAnyPackage("io.cairn.engine.raft..", "io.cairn.fsm..")
        .should(dependOnClockOrChance())
        .orShould(callCodeUnitWhere(target(owner(type(Thread.class))).and(not(target(name("onSpinWait"))))
            .as("calls a thread, but for the hint to the processor that a reader's retry gives")))
        .orShould(callMethod(System.class, "nanoTime"))
        .orShould(callMethod(System.class, "currentTimeMillis"))
        .orShould(callMethod(System.class, "identityHashCode", Object.class))
        .orShould(callMethod(Object.class, "hashCode"))
        .orShould(callMethod(Math.class, "random"));

    @ArchTest
    static final ArchRule ONLY_TOOLS_SPEAK_ON_THE_CONSOLE = noClasses()
        .that().resideOutsideOfPackages("io.cairn.engine.cli..", "io.cairn.bench..")
        .should().accessField(System.class, "out").orShould().accessField(System.class, "err");

    @ArchTest
    static final ArchRule NOTHING_KNOWS_THE_TOOLS = noClasses()
        .that().resideOutsideOfPackages("io.cairn.engine.cli..", "io.cairn.bench..")
        .should().dependOnClassesThat().resideInAnyPackage("io.cairn.engine.cli..", "picocli..");

    @ArchTest
    static final ArchRule CONFIGURATION_KNOWS_NO_OTHER_ROOM = noClasses().that().resideInAPackage("io.cairn.engine.config..")
        .should().dependOnClassesThat(resideInAPackage("io.cairn..").and(not(resideInAPackage("io.cairn.engine.config.."))));

    @ArchTest
    static final ArchRule WHAT_CLIENTS_SEE_HIDES_THE_AGENTS = noClasses().that().resideInAPackage("io.cairn.engine.client..")
        .should().dependOnClassesThat(resideInAnyPackage("io.cairn.engine..", "io.cairn.wal..", "io.cairn.snapshot..")
            .and(not(resideInAPackage("io.cairn.engine.client.."))))
        .because("a remote client offers the same interfaces");

    @ArchTest
    static final ArchRule THE_OPTIONAL_DATABASE_STAYS_IN_ITS_PACKAGE = noClasses()
        .that().resideOutsideOfPackages("io.cairn.engine.machine..", "io.cairn.bench..")
        .should().dependOnClassesThat().resideInAnyPackage("org.rocksdb..", "io.cairn.engine.machine..");

    @ArchTest
    static final ArchRule EVERY_KEY_OF_THE_CONFIGURATION_IS_READ = fields().that().areDeclaredIn("io.cairn.engine.config.ConfigKeys")
        .and().haveRawType("io.cairn.engine.config.ConfigKey")
        .should(ArchCondition.from(DescribedPredicate.describe(
            "be read outside of the configuration",
            (final JavaField key) -> key.getAccessesToSelf().stream()
                .anyMatch(access -> !"io.cairn.engine.config".equals(access.getOriginOwner().getPackageName())))))
        .because("a key without effect is a promise that nobody keeps");

    @ArchTest
    static final ArchRule CLASSES_ARE_FINAL_UNLESS_PADDED = classes()
        .that().areNotInterfaces().and().doNotHaveModifier(JavaModifier.ABSTRACT).and().areNotAnonymousClasses().and().areNotEnums()
        .and(not(resideInAnyPackage(GENERATED, "io.cairn.bench..")))
        .and(not(areExtended()))
        .should().haveModifier(JavaModifier.FINAL)
        .because("inheritance is for cache-line padding only");

    private static ArchCondition<JavaClass> dependOnClockOrChance() {
        return com.tngtech.archunit.lang.conditions.ArchConditions.dependOnClassesThat(belongToAnyOf(
            ThreadLocal.class, java.util.Random.class, java.util.SplittableRandom.class, java.util.Date.class, PrintStream.class));
    }

    private static DescribedPredicate<JavaClass> areExtended() {
        return DescribedPredicate.describe("are extended here", candidate -> {
            final Set<JavaClass> extensions = candidate.getSubclasses().stream().filter(sub -> !sub.isInterface()).collect(Collectors.toSet());
            return !extensions.isEmpty();
        });
    }
}
