using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Azure.Storage.Blobs;

namespace Serverless.EndToEnd.Tests;

/// <summary>What the tests do to a stack over its public interfaces.</summary>
public static class StackClient
{
    public static BlobContainerClient Documents(this LocalStack stack) =>
        new BlobServiceClient(stack.Endpoints.GetProperty("storageConnectionString").GetString()).GetBlobContainerClient("documents");

    public static async Task<(HttpStatusCode Status, JsonElement Body)> SendAsync(this HttpClient http, HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (body is not null) request.Content = body is string raw ? new StringContent(raw, Encoding.UTF8, "application/json") : JsonContent.Create(body);
        using var response = await http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.Length == 0 ? default : JsonDocument.Parse(text).RootElement);
    }

    public static async Task<JsonElement> AskAsync(this LocalStack stack, string route, string question)
    {
        var (status, body) = await stack.Http.SendAsync(HttpMethod.Post, $"/gateway/{route}/invocations", new { question });
        Assert.True(status == HttpStatusCode.OK, body.ToString());
        return body;
    }

    /// <summary>The document's status, or null when the gateway does not know it.</summary>
    public static async Task<JsonElement?> DocumentAsync(this LocalStack stack, string collection, string path)
    {
        var (status, body) = await stack.Http.SendAsync(HttpMethod.Get, $"/collections/{collection}/documents/{EscapePath(path)}");
        return status == HttpStatusCode.OK ? body : null;
    }

    /// <summary>Waits until the document's state is one of <paramref name="states"/>; "gone" stands for 404.</summary>
    public static Task<JsonElement?> WaitForDocumentAsync(this LocalStack stack, string collection, string path, params string[] states) => stack.WaitForDocumentAsync(collection, path, 60, states);

    /// <summary>The same with another patience than a minute.</summary>
    public static async Task<JsonElement?> WaitForDocumentAsync(this LocalStack stack, string collection, string path, int seconds, string[] states)
    {
        JsonElement? last = null;
        for (var i = 0; i < 10 * seconds; i++)
        {
            last = await stack.DocumentAsync(collection, path);
            if (states.Contains(last?.GetProperty("state").GetString() ?? "gone")) return last;
            await Task.Delay(100);
        }

        Assert.Fail($"{collection}/{path} is not {string.Join(" or ", states)} but {last?.ToString() ?? "gone"}.");
        return null;
    }

    /// <summary>Uploads, and waits until the state that belongs to this upload is settled.</summary>
    public static async Task<JsonElement> DropAsync(this LocalStack stack, string collection, string path, string text)
    {
        var before = (await stack.DocumentAsync(collection, path))?.GetProperty("updated_at").GetString() ?? string.Empty;
        await stack.Documents().GetBlobClient($"{collection}/{path}").UploadAsync(BinaryData.FromString(text), overwrite: true);
        for (var i = 0; i < 600; i++)
        {
            var now = await stack.DocumentAsync(collection, path);
            if (now is { } status && status.GetProperty("state").GetString() is "ready" or "failed" && string.CompareOrdinal(status.GetProperty("updated_at").GetString(), before) > 0)
                return status;
            await Task.Delay(100);
        }

        throw new TimeoutException($"{collection}/{path} did not settle.");
    }

    /// <summary>Documents in all indexes of the search service.</summary>
    public static async Task<long> IndexedChunksAsync(this LocalStack stack)
    {
        var endpoint = stack.Endpoints.GetProperty("searchEndpoint").GetString()!.TrimEnd('/');
        using var search = new HttpClient();
        search.DefaultRequestHeaders.Add("api-key", stack.Endpoints.GetProperty("searchKey").GetString());
        var names = JsonDocument.Parse(await search.GetStringAsync($"{endpoint}/indexes?api-version=2023-11-01&$select=name")).RootElement.GetProperty("value");
        var sum = 0L;
        foreach (var index in names.EnumerateArray().Select(item => item.GetProperty("name").GetString()))
            sum += long.Parse((await search.GetStringAsync($"{endpoint}/indexes('{index}')/docs/$count?api-version=2023-11-01")).Trim('\uFEFF'), System.Globalization.CultureInfo.InvariantCulture);

        return sum;
    }

    public static string EscapePath(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
}
