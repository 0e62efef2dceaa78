using System.Collections.Concurrent;

namespace Serverless.Infra.Tests.Compiler;

/// <summary>The deployments that the tests look into. The compiler takes seconds to evaluate one, so each is evaluated once.</summary>
internal static class Deployments
{
    public const string Deployer = "33333333-3333-3333-3333-333333333333";
    public const string Address = "203.0.113.7";

    private static readonly ConcurrentDictionary<(string File, string Parameters), Lazy<Snapshot>> Evaluated = new();

    /// <summary>As azd deploys it when nothing but the keys is set.</summary>
    public static Snapshot Standard => Whole($"param principalId = '{Deployer}'");

    /// <summary>Without private endpoints, without a deployer, and without what makes a vault hard to delete.</summary>
    public static Snapshot Public => Whole($"param networkAccess = 'public'\nparam allowedAddresses = ['{Address}']\nparam keyVaultPurgeProtection = false");

    /// <summary>By a pipeline, into an address range of its own, over a vault that was deleted, with the office let in and nodes of four GPUs.</summary>
    public static Snapshot Company => Whole($"""
        param principalId = '{Deployer}'
        param principalType = 'ServicePrincipal'
        param networkAddressPrefix = '192.168.16.0/20'
        param allowedAddresses = ['{Address}']
        param keyVaultCreateMode = 'recover'
        param workerProfile = 'NC96-A100'
        param workerMaxReplicas = 3
        """);

    /// <summary>With settings of the gateway, nothing always warm, a collector, Content Safety, a semantic ranker and a tenant.</summary>
    public static Snapshot Tuned => Whole("""
        param gatewaySettings = { Gateway__AllowedHosts: 'api.example.com', Ingestion__ChunkTokens: 200, OTEL_SERVICE_NAME: 'ours', KeyVault__Uri: 'https://elsewhere.example' }
        param gatewayConcurrency = 100
        param gatewayAlwaysReady = 0
        param otlpEndpoint = 'https://otlp.example'
        param cacheMaxMegabytes = 512
        param contentSafetySku = 'S0'
        param searchSemanticRanker = 'standard'
        param entraTenantId = '44444444-4444-4444-4444-444444444444'
        param entraAudience = 'api://gateway'
        param allowedOrigins = ['https://chat.example.com']
        param webChatClientId = '55555555-5555-5555-5555-555555555555'
        """);

    public static Snapshot StandardWorker => Worker("Consumption-GPU-NC24-A100");

    public static Snapshot Whole(string parameters, string environmentName = "demo") => Evaluate("main.bicep", $"""
        param environmentName = '{environmentName}'
        param location = 'swedencentral'
        param workerApiKey = '0123456789012345678901234567890123456789'
        param operatorKey = '9876543210987654321098765432109876543210'
        {parameters}
        """);

    public static Snapshot Worker(string profile, string settings = "{}", string otlp = "", bool hasAlerts = false) => Evaluate("worker.bicep", $"""
        param environmentName = 'demo'
        param image = 'registry.example/worker:1'
        param profile = '{profile}'
        param minReplicas = 1
        param maxReplicas = 4
        param concurrentRequests = 48
        param gracePeriodSeconds = 120
        param settings = {settings}
        param otlpEndpoint = '{otlp}'
        param hasAlerts = {(hasAlerts ? "true" : "false")}
        """);

    private static Snapshot Evaluate(string file, string parameters) =>
        Evaluated.GetOrAdd((file, parameters), key => new Lazy<Snapshot>(() => BicepCompiler.Predict(key.File, key.Parameters))).Value;
}
