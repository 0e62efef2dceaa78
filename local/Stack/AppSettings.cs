namespace Serverless.Local.Stack;

/// <summary>The app settings with which the Functions app runs on this machine: where Azure has app settings, these are environment variables.</summary>
internal static class AppSettings
{
    /// <summary>Names the assembly that the host has the app's process load.</summary>
    public const string HookVariable = "FunctionsHost__WorkerStartupHook";

    /// <param name="storage">Azurite's connection string.</param>
    /// <param name="signalR">The SignalR emulator's connection string.</param>
    /// <param name="worker">The GPU worker.</param>
    public static Dictionary<string, string?> Of(string storage, string signalR, Uri worker) => new()
    {
        ["AzureWebJobsStorage"] = storage,
        ["DocumentStorage"] = storage,
        ["KeyVault__Uri"] = "https://local.vault.azure.net",
        ["Search__Endpoint"] = "https://local.search.windows.net",
        ["SignalR__ConnectionString"] = signalR,
        ["GpuWorker__BaseUrl"] = worker.ToString(),
        ["Gateway__AnonymousAccess"] = "operator",
        ["Streaming__DrainSeconds"] = "3",

        // The samples' encoder: a document dropped into a folder that nobody has made a collection of is found.
        ["Ingestion__DefaultEmbeddingsRoute"] = "all-minilm-l6-v2",
        ["Ingestion__ReconcileSchedule"] = "0 */15 * * * *",
        ["Ingestion__ReconcileStuckMinutes"] = "5",
        ["Ingestion__MessageLeaseSeconds"] = "20",

        // What differs from host.json, in the way that Azure has for it (AzureFunctionsJobHost__...): one machine has no cold start to hide and no bill for
        // looking more often.
        ["AzureFunctionsJobHost__logging__logLevel__default"] = "Warning",

        // The SDK's own lines about each invocation: what fails the app says itself, in words without content.
        ["AzureFunctionsJobHost__logging__logLevel__Function"] = "None",
        ["AzureFunctionsJobHost__logging__logLevel__Host__Results"] = "None",
        ["AzureFunctionsJobHost__logging__logLevel__Host__Executor"] = "None",
        ["AzureFunctionsJobHost__extensions__queues__maxPollingInterval"] = "00:00:00.500",
        ["AzureFunctionsJobHost__extensions__durableTask__storageProvider__workItemQueueVisibilityTimeout"] = "00:00:10",

        // Durable tells its spans to Application Insights alone, and warns at each start where there is none.
        ["AzureFunctionsJobHost__extensions__durableTask__tracing__version"] = "None",
        ["FunctionsHost__ControlQueueVisibilitySeconds"] = "10",
        ["FunctionsHost__QueueLeaseSeconds"] = "20",
    };

    /// <summary>What takes the place of Azure's identity and addresses inside the app's process (local/WorkerHook).</summary>
    public static Dictionary<string, string?> Hook(string assembly, Uri search, Uri keyVault, string token) => new()
    {
        [HookVariable] = assembly,
        ["SERVERLESS_LOCAL_SEARCH"] = search.ToString(),
        ["SERVERLESS_LOCAL_KEYVAULT"] = keyVault.ToString(),
        ["SERVERLESS_LOCAL_TOKEN"] = token,
    };
}
