using System.Globalization;
using System.Security.Cryptography;
using Serverless.Local.CommandLine;
using Serverless.Local.Processes;

namespace Serverless.Local.Stack;

/// <summary>
/// Azurite as a child process: blobs, queues and tables under DIR/azurite. Its account has a key of its own: Azurite's published one is known to
/// every program and every web page on the machine.
/// </summary>
internal sealed record AzuriteChild(int BlobPort, int QueuePort, int TablePort, string Key)
{
    private const string Account = "devstoreaccount1";

    public Uri Blob => Address(BlobPort);

    public Uri Queue => Address(QueuePort);

    public Uri Table => Address(TablePort);

    public string ConnectionString => $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={Blob};QueueEndpoint={Queue};TableEndpoint={Table};";

    /// <summary>Where Azurite keeps which blobs there are, in its folder.</summary>
    public static string BlobDatabase(string folder) => Path.Combine(folder, "__azurite_db_blob__.json");

    /// <summary>On free ports and with a key of this run alone.</summary>
    public static AzuriteChild OnFreePorts() => new(FreePort.Find(), FreePort.Find(), FreePort.Find(), NewKey());

    /// <summary>On the ports and with the key that the data folder keeps.</summary>
    /// <param name="ports">The data folder's ports: "blob", "queue" and "table".</param>
    /// <param name="folder">DIR/azurite; made, for its owner only, where it is missing.</param>
    /// <param name="cancellationToken">Ends the wait for a port that an earlier run still holds.</param>
    /// <exception cref="LocalException">A port is taken, or the key cannot be read.</exception>
    public static async Task<AzuriteChild> OpenAsync(StablePorts ports, string folder, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ports);
        PrivateFiles.CreateFolder(folder);
        return new AzuriteChild(
            await ports.ClaimAsync("blob", cancellationToken),
            await ports.ClaimAsync("queue", cancellationToken),
            await ports.ClaimAsync("table", cancellationToken),
            PrivateFiles.ReadOrCreate(Path.Combine(folder, "account-key"), NewKey, IsKey));
    }

    /// <param name="modules">The folder of node_modules.</param>
    /// <param name="folder">Where it keeps its data.</param>
    /// <param name="time">The clock of its readiness.</param>
    public ProcessSpec Spec(string modules, string folder, TimeProvider time) => new()
    {
        Name = "azurite",
        FileName = "node",
        Arguments =
        [
            Path.Combine(AppContext.BaseDirectory, "Storage", "azurite.cjs"), modules, Port(BlobPort), Port(QueuePort), Port(TablePort),

            // Clients newer than Azurite ask for a version of the API that it does not know; what they send it understands.
            "--location", folder, "--silent", "--disableTelemetry", "--skipApiVersionCheck",
        ],
        Environment = new Dictionary<string, string?>(ChildEnvironment.Without(ChildEnvironment.Secrets)) { ["AZURITE_ACCOUNTS"] = $"{Account}:{Key}" },
        StopGrace = TimeSpan.FromSeconds(3),
        WaitUntilReady = async token =>
        {
            // Answers 400 to a request without a signature: it listens.
            foreach (var service in (Uri[])[Blob, Queue, Table]) await HttpReadiness.WaitAsync(service, time, token, anyStatus: true);
        },
    };

    /// <summary>The key never reaches a log by way of ToString.</summary>
    public override string ToString() => $"Azurite {Blob}, {Queue}, {Table}";

    private static Uri Address(int port) => new($"http://127.0.0.1:{port}/{Account}");

    private static string Port(int port) => port.ToString(CultureInfo.InvariantCulture);

    private static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(64));

    private static bool IsKey(string text) => Convert.TryFromBase64String(text, new byte[64], out var length) && length == 64;
}
