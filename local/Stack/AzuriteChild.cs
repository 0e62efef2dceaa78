using Serverless.Local.CommandLine;
using Serverless.Local.Processes;

namespace Serverless.Local.Stack;

/// <summary>Azurite as a child process: blobs and queues under DIR/azurite, on free ports that stay the same when it is started again.</summary>
internal sealed record AzuriteChild(int BlobPort, int QueuePort)
{
    /// <summary>Azurite's published development account, with which any Azure Storage client connects.</summary>
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    public Uri Blob => new($"http://127.0.0.1:{BlobPort}/{Account}");

    public Uri Queue => new($"http://127.0.0.1:{QueuePort}/{Account}");

    public string ConnectionString => $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={Blob};QueueEndpoint={Queue};";

    public static AzuriteChild OnFreePorts() => new(LoopbackPort.FindFree(), LoopbackPort.FindFree());

    /// <param name="modules">The folder of node_modules.</param>
    /// <param name="folder">Where it keeps its data.</param>
    /// <param name="time">The clock of its readiness.</param>
    public ProcessSpec Spec(string modules, string folder, TimeProvider time) => new()
    {
        Name = "azurite",
        FileName = "node",
        Arguments = [Path.Combine(AppContext.BaseDirectory, "Storage", "azurite.cjs"), modules, $"{BlobPort}", $"{QueuePort}", "--location", folder, "--silent", "--disableTelemetry"],
        StopGrace = TimeSpan.FromSeconds(3),
        WaitUntilReady = async token =>
        {
            // Answers 400 to a request without a signature: it listens.
            await HttpReadiness.WaitAsync(Blob, time, token, anyStatus: true);
            await HttpReadiness.WaitAsync(Queue, time, token, anyStatus: true);
        },
    };
}
