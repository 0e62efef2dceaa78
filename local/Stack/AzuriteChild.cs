using Serverless.Local.CommandLine;
using Serverless.Local.Processes;

namespace Serverless.Local.Stack;

/// <summary>Azurite as a child process: blobs and queues under DIR/azurite, on free ports that stay the same when it is started again.</summary>
internal sealed record AzuriteChild(int BlobPort, int QueuePort, int TablePort)
{
    /// <summary>Azurite's published development account, with which any Azure Storage client connects.</summary>
    private const string Account = "devstoreaccount1";
    private const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    /// <summary>Azurite itself does not watch its parent: this ends it in its own orderly way when its standard input ends.</summary>
    private const string Start = "process.stdin.on('end', () => process.kill(process.pid, 'SIGTERM')).resume(); require(process.argv[1]);";

    public Uri Blob => new($"http://127.0.0.1:{BlobPort}/{Account}");

    public Uri Queue => new($"http://127.0.0.1:{QueuePort}/{Account}");

    public string ConnectionString => $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};BlobEndpoint={Blob};QueueEndpoint={Queue};";

    public static AzuriteChild OnFreePorts() => new(LoopbackPort.FindFree(), LoopbackPort.FindFree(), LoopbackPort.FindFree());

    public ProcessSpec Spec(string script, string folder, TimeProvider time) => new()
    {
        Name = "azurite",
        FileName = "node",
        Arguments =
        [
            "-e", Start, script, "--silent", "--disableTelemetry", "--disableProductStyleUrl", "--location", folder,
            "--blobHost", "127.0.0.1", "--blobPort", $"{BlobPort}",
            "--queueHost", "127.0.0.1", "--queuePort", $"{QueuePort}",
            "--tableHost", "127.0.0.1", "--tablePort", $"{TablePort}",
        ],
        StopGrace = TimeSpan.FromSeconds(3),
        WaitUntilReady = async token =>
        {
            // Answers 400 to a request without a signature: it listens.
            await HttpReadiness.WaitAsync(Blob, time, token, anyStatus: true);
            await HttpReadiness.WaitAsync(Queue, time, token, anyStatus: true);
        },
    };
}
