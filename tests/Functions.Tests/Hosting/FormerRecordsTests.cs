using System.Text.Json;
using System.Text.Json.Nodes;
using Serverless.Contracts;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Ingestion.Generations;
using Serverless.Functions.Ingestion.State;
using Serverless.Functions.Limits.Ledger;
using Serverless.Functions.Routes;

namespace Serverless.Functions.Tests.Hosting;

/// <summary>
/// What a running stack has written on 2026-11-29, read by the code of today: a release must read what the one before left. A field that a later release writes is passed
/// over by an earlier one, so that going back is possible; where a record is written again such a field is gone.
/// </summary>
public sealed class FormerRecordsTests
{
    private const string Route = """
        {"name":"gardening","revision":3,"current":2,"deleted":false,"write_id":"b7aa27b2b3da47d2a6270b5b530f2d01","versions":[
        {"version":1,"route_type":"llm/v1/embeddings","model":{"provider":"gpu-worker","name":"all-MiniLM-L6-v2"},"instructions":{"document":"","query":""},"created_at":"2026-11-29T11:17:35.1578092+00:00"},
        {"version":2,"route_type":"llm/v1/chat","model":{"provider":"openai","name":"m","config":{"openai_api_base":"https://example.org/v1"}},"created_at":"2026-11-29T11:18:35.1578092+00:00"}],"credentials":[]}
        """;

    private const string Clients = """
        {"revision":1,"write_id":"e2a1813182354a3b99c1958afa3ecb08","clients":{"c138593994636824":{"id":"c138593994636824","name":"web","keys":[{"id":"94313bcef2b8",
        "hash":"94313bcef2b8038fe6d11a2c82cee8eb4be1fde571e96e3d0054b56d382d4fb5","created_at":"2026-11-29T11:24:06.148063+00:00"}],"groups":["ga"],"is_operator":false,"role":"client",
        "created_at":"2026-11-29T11:24:06.148063+00:00","disabled":false,"deleted":false}}}
        """;

    private const string Generations = """
        {"serving":{"number":0,"embeddings_route":"all-minilm-l6-v2","pinned_route":"all-minilm-l6-v2@1","model":"425311ff58f533200ef40e2db6c0aa53","index":"chunks-all-minilm-l6-v2","chunk_tokens":160,
        "chunk_overlap":0,"chunk_strategy":"sentences","begun_at":"2026-11-29T11:17:48.5954023+00:00"},"retired":[],"is_settled":true}
        """;

    private const string Usage = """
        {"time":"2026-11-29T11:18:09.9083304+00:00","request_id":"6f92dab23a414a4f8d87d9840e2731a4","route":"all-minilm-l6-v2","version":1,"client":"system","provider":"gpu-worker","model":"all-MiniLM-L6-v2",
        "kind":"embeddings","prompt_tokens":169,"cached_tokens":0,"completion_tokens":0,"status":"ok","duration_ms":4419.4507}
        """;

    private const string Collection = """{"embeddings_route":"all-minilm-l6-v2","groups":["staff"]}""";

    private static readonly Dictionary<string, string> Status = new()
    {
        ["state"] = "Ready",
        ["percent"] = "100",
        ["chunks"] = "4",
        ["size"] = "628",
        ["updated"] = "2026-11-29T11:18:17.3929095+00:00",
        ["source"] = "%220x273EFD8B7ECFF00%22",
        ["tokens"] = "123",
        ["pass"] = "e990a0f4ecf5ce010148dc301bb52ffd",
        ["indexed"] = "e990a0f4ecf5ce010148dc301bb52ffd",
        ["groups"] = ",staff",
        ["users"] = ",",
        ["held"] = "1",
    };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Route_IsRead(bool withLaterFields)
    {
        var route = Read<RouteDocument>(Route, withLaterFields);
        Assert.Equal(("gardening", 2, 2), (route.Name, route.Current, route.Versions.Count));
        Assert.Equal(RouteTypes.Chat, route.Versions[1].RouteType);
        Assert.Equal(("gpu-worker", "all-MiniLM-L6-v2"), (route.Versions[0].Model!.Provider, route.Versions[0].Model!.Name));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Clients_AreRead(bool withLaterFields)
    {
        var client = Assert.Single(Read<ClientList>(Clients, withLaterFields).Clients).Value;
        Assert.Equal(("c138593994636824", "web"), (client.Id, client.Name));
        Assert.Equal(["ga"], client.Groups);
        Assert.Equal("94313bcef2b8038fe6d11a2c82cee8eb4be1fde571e96e3d0054b56d382d4fb5", Assert.Single(client.Keys!).Hash.ToString());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Collection_ItsGenerations_AndTheLedger_AreRead(bool withLaterFields)
    {
        var collection = Read<CollectionSettings>(Collection, withLaterFields);
        Assert.Equal("all-minilm-l6-v2", collection.EmbeddingsRoute);
        Assert.Equal(["staff"], collection.Groups);
        var generations = Read<GenerationState>(Generations, withLaterFields);
        Assert.Equal(("chunks-all-minilm-l6-v2", 160), (generations.Serving.Index, generations.Serving.ChunkTokens));
        var usage = Read<UsageRecord>(Usage, withLaterFields);
        Assert.Equal(("all-minilm-l6-v2", "system", 169L), (usage.Route, usage.Client, usage.PromptTokens));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Status_IsReadAndWrittenAgain(bool withLaterFields)
    {
        var metadata = new Dictionary<string, string>(Status);
        if (withLaterFields) metadata["later"] = "1";

        var status = StatusMetadata.Read(metadata);

        Assert.Equal((DocumentState.Ready, 4, 628L, 123L), (status.State, status.Chunks, status.Size, status.Tokens));
        Assert.Equal("\"0x273EFD8B7ECFF00\"", status.SourceETag);
        Assert.Equal(["staff"], status.Access!.Groups);
        var again = StatusMetadata.Write(status);
        Assert.All(Status, pair => Assert.Equal(pair.Value, again[pair.Key]));
    }

    /// <summary>The record; with fields that no release has had, in each of its objects.</summary>
    private static T Read<T>(string json, bool withLaterFields)
    {
        var node = JsonNode.Parse(json)!;
        if (withLaterFields) AddLater(node);
        return node.Deserialize<T>(WireJson.Options)!;
    }

    private static void AddLater(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject record:
                // Not among names that are data themselves.
                var isMap = record.Parent is JsonObject parent && parent.Any(pair => pair.Key is "clients" or "config" && pair.Value == record);
                foreach (var (_, value) in record.ToList()) AddLater(value);
                if (!isMap) record["a_later_field"] = new JsonObject { ["x"] = 1 };
                break;
            case JsonArray list:
                foreach (var item in list) AddLater(item);
                break;
        }
    }
}
