using System.Text.Json;

namespace Serverless.Local.CommandLine;

/// <summary>DIR/endpoints.json: where everything of a running stack is, for Storage Explorer, scripts and tests.</summary>
/// <param name="Functions">Root of the HTTP functions.</param>
/// <param name="Web">The web page.</param>
/// <param name="Instances">The Functions hosts behind that root, one by one.</param>
/// <param name="Worker">Root of the GPU worker.</param>
/// <param name="Blob">Azurite's blob service.</param>
/// <param name="Queue">Azurite's queue service.</param>
/// <param name="Table">Azurite's table service.</param>
/// <param name="StorageConnectionString">For any Azure Storage client.</param>
/// <param name="SearchEndpoint">The AI Search emulator (plain http on loopback).</param>
/// <param name="SearchKey">Its admin key.</param>
/// <param name="KeyVaultUri">The Key Vault emulator (plain http on loopback).</param>
/// <param name="KeyVaultToken">Its bearer token.</param>
/// <param name="SignalRConnectionString">The SignalR emulator: endpoint and access key.</param>
public sealed record Endpoints(
    Uri Functions,
    Uri Web,
    IReadOnlyList<Uri> Instances,
    Uri Worker,
    Uri Blob,
    Uri Queue,
    Uri Table,
    string StorageConnectionString,
    Uri SearchEndpoint,
    string SearchKey,
    Uri KeyVaultUri,
    string KeyVaultToken,
    string SignalRConnectionString)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Replaces the file in one step. Only its owner can read it: it holds keys, if only of emulators.</summary>
    public void Write(string path) => PrivateFiles.Write(path, JsonSerializer.Serialize(this, Json));

    /// <summary>Keys never reach a log by way of ToString.</summary>
    public override string ToString() => $"functions {Functions}, worker {Worker}";
}
