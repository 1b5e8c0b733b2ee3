import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;

/** Posts a body of so many bytes to an address by Java's own client, twice, and prints the status and version of each answer. */
public class Post {
  public static void main(String[] args) throws Exception {
    var client = HttpClient.newBuilder().proxy(ProxySelector.getDefault()).build();
    var body = HttpRequest.BodyPublishers.ofString("x".repeat(Integer.parseInt(args[1])));
    var request = HttpRequest.newBuilder(URI.create(args[0])).timeout(Duration.ofSeconds(20)).POST(body).build();
    for (int time = 0; time < 2; time++) {
      var response = client.send(request, BodyHandlers.ofString());
      System.out.println(response.statusCode() + " " + response.version());
    }
  }
}
