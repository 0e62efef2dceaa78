using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Serverless.Local.CommandLine;

namespace Serverless.Local.Samples;

/// <summary>
/// Brings the samples in as a user would: routes and collections through the public API, documents into the blob container.
/// What is there already stays as it is.
/// </summary>
public sealed class SampleBootstrap(Endpoints endpoints, string samplesFolder, SampleModels models, Checklist checklist, TimeProvider time)
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(250);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        using var api = new HttpClient { BaseAddress = endpoints.Functions };
        if (!Directory.Exists(samplesFolder)) return;
        foreach (var folder in Directory.GetDirectories(samplesFolder).Order(StringComparer.Ordinal))
        {
            var name = Path.GetFileName(folder);
            if (!File.Exists(Path.Combine(folder, "routes.json"))) continue;
            try
            {
                await BringAsync(api, folder, name, cancellationToken);
            }
            catch (Exception e) when (e is HttpRequestException or LocalException or Azure.RequestFailedException or System.Text.Json.JsonException)
            {
                // A sample that fails takes nothing from the rest of the stack.
                checklist.Warn($"sample {name}: {(e is Azure.RequestFailedException storage ? $"storage answered {storage.Status} {storage.ErrorCode}" : e.Message)}");
            }
        }
    }

    private async Task BringAsync(HttpClient api, string folder, string name, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        foreach (var route in JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(folder, "routes.json"), cancellationToken))!.AsArray())
        {
            await CreateRouteAsync(api, route!.AsObject(), cancellationToken);
        }

        var collection = Path.Combine(folder, "collection.json");
        if (File.Exists(collection)) await PutCollectionAsync(api, name, collection, cancellationToken);
        var documents = Path.Combine(folder, "documents");
        if (!Directory.Exists(documents)) return;
        var upload = new DocumentUpload(endpoints.StorageConnectionString);
        var (uploaded, total) = await upload.RunAsync(documents, name, cancellationToken);
        checklist.Done($"sample {name}: {total} documents, {uploaded} uploaded", Stopwatch.GetElapsedTime(started));
        if (total > 0) await WatchAsync(api, name, total, cancellationToken);
    }

    private async Task CreateRouteAsync(HttpClient api, JsonObject route, CancellationToken cancellationToken)
    {
        var name = route["name"]!.GetValue<string>();
        var model = models.ModelOf(route);
        if (model is not null) route["model"] = model;
        using var existing = await api.GetAsync($"api/2.0/gateway/routes/{Uri.EscapeDataString(name)}", cancellationToken);
        if (existing.StatusCode != HttpStatusCode.NotFound)
        {
            await RequireAsync(existing, $"route {name}", cancellationToken);
            var present = JsonNode.Parse(await existing.Content.ReadAsStringAsync(cancellationToken))?["model"] as JsonObject;
            if (model is null || present is null || !SampleModels.MustChange(present, model)) return;
            using var changed = await api.PatchAsJsonAsync($"api/2.0/gateway/routes/{Uri.EscapeDataString(name)}", new JsonObject { ["model"] = model.DeepClone() }, cancellationToken);
            await RequireAsync(changed, $"route {name}", cancellationToken);
        }

        using var created = await api.PostAsJsonAsync("api/2.0/gateway/routes", route, cancellationToken);
        await RequireAsync(created, $"route {name}", cancellationToken);
    }

    // Putting settings has every document of the collection looked at again, so what stands already is left alone.
    private static async Task PutCollectionAsync(HttpClient api, string name, string file, CancellationToken cancellationToken)
    {
        var path = $"collections/{Uri.EscapeDataString(name)}";
        var text = await File.ReadAllTextAsync(file, cancellationToken);
        using var existing = await api.GetAsync(path, cancellationToken);
        if (existing.IsSuccessStatusCode && JsonNode.Parse(await existing.Content.ReadAsStringAsync(cancellationToken)) is JsonObject present
            && present["configured"]?.GetValue<bool>() == true
            && JsonNode.Parse(text)!.AsObject().All(setting => JsonNode.DeepEquals(setting.Value, present[setting.Key]))) return;
        using var body = new StringContent(text, System.Text.Encoding.UTF8, "application/json");
        using var put = await api.PutAsync(path, body, cancellationToken);
        await RequireAsync(put, $"collection {name}", cancellationToken);
    }

    private static async Task RequireAsync(HttpResponseMessage response, string what, CancellationToken cancellationToken)
    {
        if (response.IsSuccessStatusCode) return;
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        throw new LocalException($"{what} was answered {(int)response.StatusCode} ({IngestionProgress.ErrorMessage(body) ?? "no message"})");
    }

    private async Task WatchAsync(HttpClient api, string name, int total, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            using var response = await api.GetAsync($"collections/{Uri.EscapeDataString(name)}/documents", cancellationToken);
            await RequireAsync(response, $"documents of {name}", cancellationToken);
            var progress = IngestionProgress.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
            checklist.Progress($"ingesting {name}", progress.Ended, total);
            if (progress.Ended >= total)
            {
                checklist.Done($"sample {name}: {progress.Ready} documents ready", Stopwatch.GetElapsedTime(started));
                foreach (var (document, reason) in progress.Failures) checklist.Warn($"{name}/{document} failed: {reason}");
                return;
            }

            await Task.Delay(PollInterval, time, cancellationToken);
        }
    }
}
