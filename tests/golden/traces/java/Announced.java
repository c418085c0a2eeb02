import java.util.logging.Level;
import java.util.logging.Logger;

/** A logger announces exceptions: with a cause, suppressed ones, and a message of two lines. */
public class Announced {
    private static final Logger LOG;

    static { // as by default, but for the time, which would be another in each run
        String format = "Nov 25, 2026 10:00:00 AM %2$s%n%4$s: %5$s%6$s%n";
        System.setProperty("java.util.logging.SimpleFormatter.format", format);
        LOG = Logger.getLogger("shop.orders");
    }

    public static void main(String[] arguments) {
        System.err.println("10:00:00.000 INFO  shop.orders - starting");
        try {
            reserve();
        } catch (IllegalStateException error) {
            LOG.log(Level.SEVERE, "order A-17 failed", error);
            System.err.println("10:00:00.100 ERROR shop.orders - order A-17 failed again");
            error.printStackTrace();
        }
        System.err.println("10:00:00.200 INFO  shop.orders - next order");
        System.err.println("10:00:00.201 WARN  shop.orders - no such article");
        new IllegalArgumentException("article 4711\nis not for sale").printStackTrace();
        System.err.println("10:00:00.202 INFO  shop.orders - stopping");
    }

    private static void reserve() {
        try {
            query();
        } catch (RuntimeException error) {
            IllegalStateException outer = new IllegalStateException("cannot reserve", error);
            outer.addSuppressed(new java.io.IOException("and the connection did not close"));
            throw outer;
        }
    }

    private static void query() {
        throw new UnsupportedOperationException();
    }
}
