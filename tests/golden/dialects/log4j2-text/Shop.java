import java.io.IOException;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.apache.logging.log4j.ThreadContext;

/** The events, logged with log4j2's own API, whose context takes texts and nothing else. */
public class Shop {
    private static final Logger LOG = LogManager.getLogger("shop.orders");

    public static void main(String[] arguments) {
        LOG.info("shop started");
        LOG.trace("level TRACE");
        LOG.debug("level DEBUG");
        LOG.info("level INFO");
        LOG.warn("level WARN");
        LOG.error("level ERROR");
        LOG.fatal("level FATAL");
        ThreadContext.put(System.getProperty("key.trace", "traceId"), "4bf92f3577b34da6a3ce929d0e0e4736");
        ThreadContext.put(System.getProperty("key.span", "spanId"), "00f067aa0ba902b7");
        ThreadContext.put("transactionId", "A-17");
        LOG.info("order placed");
        try {
            pay();
        } catch (IllegalStateException refused) {
            LOG.error("payment failed", refused);
        }
        ThreadContext.clearMap();
        ThreadContext.put("elapsed_ms", "1250.5");
        ThreadContext.put("tags", "[\"a\",\"b\"]");
        LOG.warn("slow answer");
        ThreadContext.clearMap();
        ThreadContext.put("nothing", null);
        ThreadContext.put("yes", "true");
        ThreadContext.put("empty", "");
        ThreadContext.put("big", "12345678901234567890");
        ThreadContext.put("nan", "NaN");
        ThreadContext.put("a", "1");
        ThreadContext.put("a.b", "2");
        LOG.info("odd \"quotes\" \\ back\nsecond line\tტ 🧶");
    }

    private static void pay() {
        try {
            throw new IOException("bank unreachable");
        } catch (IOException unreachable) {
            throw new IllegalStateException("card refused", unreachable);
        }
    }
}
