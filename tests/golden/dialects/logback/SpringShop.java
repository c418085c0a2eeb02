import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;

/** The same events, in an application of Spring Boot. */
@SpringBootConfiguration
public class SpringShop {
    public static void main(String[] arguments) {
        SpringApplication.run(SpringShop.class, arguments);
        Shop.main(arguments);
    }
}
