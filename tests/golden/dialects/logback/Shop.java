import java.io.IOException;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/** The events, logged with SLF4J. Which names the IDs go by depends on who puts them there. */
public class Shop {
    private static final Logger LOG = LoggerFactory.getLogger("shop.orders");

    public static void main(String[] arguments) {
        LOG.info("shop started");
        LOG.trace("level TRACE");
        LOG.debug("level DEBUG");
        LOG.info("level INFO");
        LOG.warn("level WARN");
        LOG.error("level ERROR");
        MDC.put(System.getProperty("key.trace", "traceId"), "4bf92f3577b34da6a3ce929d0e0e4736");
        MDC.put(System.getProperty("key.span", "spanId"), "00f067aa0ba902b7");
        MDC.put(System.getProperty("key.transaction", "transactionId"), "A-17");
        LOG.info("order placed");
        try {
            pay();
        } catch (IllegalStateException refused) {
            LOG.error("payment failed", refused);
        }
        MDC.clear();
        LOG.atWarn()
                .addKeyValue("http", http())
                .addKeyValue("elapsed_ms", 1250.5)
                .addKeyValue("tags", List.of("a", "b"))
                .log("slow answer");
        LOG.atInfo()
                .addKeyValue("nothing", (Object) null)
                .addKeyValue("yes", true)
                .addKeyValue("empty", "")
                .addKeyValue("big", new BigInteger("12345678901234567890"))
                .addKeyValue("nan", Double.NaN)
                .addKeyValue("a", 1)
                .addKeyValue(System.getProperty("key.dotted", "a.b"), 2)
                .log("odd \"quotes\" \\ back\nsecond line\tტ 🧶");
    }

    private static Map<String, Object> http() {
        Map<String, Object> http = new LinkedHashMap<>();
        http.put("request", Map.of("method", "POST"));
        http.put("response", Map.of("status_code", 503));
        return http;
    }

    private static void pay() {
        try {
            throw new IOException("bank unreachable");
        } catch (IOException unreachable) {
            throw new IllegalStateException("card refused", unreachable);
        }
    }
}
