using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Auditing;
using Serverless.Functions.Batches.Input;
using Serverless.Functions.Clients;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Limits.Rules;
using Serverless.Functions.Mcp.Servers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Routes;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Description;

/// <summary>
/// Shapes of bodies that the app reads field by field or writes without a type of their own. They are for the description alone; properties without a null are required.
/// </summary>
internal static class Shapes
{
    public sealed record RouteBody(
        string Name, string RouteType, JsonObject? Model, JsonObject? Rag, IReadOnlyList<JsonObject>? Targets, JsonObject? Routing, EmbeddingInstructions? Instructions, JsonObject? Guards, JsonObject? Cache);

    public sealed record RoutePage(IReadOnlyList<RouteView> Routes, string? NextPageToken);

    public sealed record RouteVersions(IReadOnlyList<RouteView> Versions);

    public sealed record McpServerBody(
        string Name, string Url, string? Description, bool? Enabled, McpCredentialBody? Credential, IReadOnlyList<string>? AllowedTools, IReadOnlyList<string>? DeniedTools, IReadOnlyList<string>? Groups,
        McpApproval? Approval, bool? Approve, int? TimeoutSeconds, int? MaxResultBytes, int? MaxConcurrency, JsonObject? Guards);

    public sealed record McpCredentialBody(string Type, string? Header, string? Value);

    public sealed record McpServerPage(IReadOnlyList<McpServerView> McpServers, string? NextPageToken);

    public sealed record McpApprovalBody(bool? All, IReadOnlyList<McpApprovedBody>? Tools, IReadOnlyList<string>? Revoke);

    public sealed record McpApprovedBody(string Name, string Hash);

    public sealed record EndpointBody(string Name, string EndpointType, JsonObject? Model, JsonObject? Rag);

    public sealed record EndpointPage(IReadOnlyList<JsonObject> Endpoints, string? NextPageToken);

    public sealed record RouteLimits(string Route, IReadOnlyList<LimitEntry> Limits);

    public sealed record LimitList(IReadOnlyList<LimitEntry> Limits);

    public sealed record AllLimits(IReadOnlyDictionary<string, IReadOnlyList<LimitEntry>> Routes, IReadOnlyDictionary<string, IReadOnlyList<LimitEntry>> Clients, IReadOnlyDictionary<string, IReadOnlyList<LimitEntry>> McpServers);

    public sealed record PriceList(IReadOnlyList<PriceEntry> Prices);

    public sealed record UsageList(DateTimeOffset From, DateTimeOffset To, IReadOnlyList<JsonObject> Usage);

    public sealed record ImportBody(
        string? Container, string? Uri, string? Prefix, string? Target, bool? Overwrite, IReadOnlyList<string>? Groups, IReadOnlyList<string>? Users);

    public sealed record ExportBody(string? Container, string? Folder);

    public sealed record RestoreBody(string Manifest, string? Container);

    public sealed record ClientBody(
        string Name, IReadOnlyList<string>? Groups, ClientRole? Role, bool? IsOperator, IReadOnlyList<string>? AllowedRoutes, IReadOnlyList<string>? AllowedCollections,
        IReadOnlyList<string>? AllowedModels, IReadOnlyList<string>? AllowedMcpServers, DateTimeOffset? ExpiresAt, bool? Disabled, EntraIdentity? Entra);

    public sealed record ClientPage(IReadOnlyList<ClientView> Clients, string? NextPageToken);

    public sealed record RotateBody(int? OverlapSeconds, DateTimeOffset? ExpiresAt);

    public sealed record KeyBody(DateTimeOffset? ExpiresAt);

    public sealed record AuditPage(IReadOnlyList<AuditEntry> Entries, string? NextPageToken);

    /// <summary>Which of the first four there are depends on the route's type.</summary>
    public sealed record InvocationBody(
        StringOrList? Prompt, IReadOnlyList<ChatMessage>? Messages, StringOrList? Text, string? Question, JsonObject? Filter, double? Temperature, int? MaxTokens, StringOrList? Stop, int? CandidateCount);

    public sealed record StreamBody(string? ConnectionId, bool? Thoughts, string? Prompt, IReadOnlyList<ChatMessage>? Messages, string? Question, JsonObject? Filter);

    public sealed record ResumeBody(long Next, string? ConnectionId);

    public sealed record SearchBody(string Query, int? Top, string? Retrieval, JsonObject? Filter, JsonObject? Rerank, bool? SemanticFallback);

    public sealed record EvaluationBody(
        string Name, IReadOnlyList<string> Routes, JsonNode Questions, int? K, long? Seed, double? Temperature, int? MaxTokens, int? Concurrency, IReadOnlyList<string>? RefusalPhrases, bool? KeepAnswers);

    public sealed record EvaluationPage(IReadOnlyList<JsonObject> Evaluations, string? NextPageToken);

    public sealed record ProviderList(IReadOnlyList<JsonObject> Providers);

    public sealed record Health(string Status);

    public sealed record ReadyAnswer(string Status, DateTimeOffset? CheckedAt, IReadOnlyList<DependencyState>? Dependencies);

    /// <summary>A rag route's answer; other types of routes have MLflow's shapes.</summary>
    public sealed record AnswerShape(
        string? Answer, IReadOnlyList<Citation>? Citations, Usage? Usage, string? Model, string? FinishReason, bool? Answered, IReadOnlyList<JsonObject>? Candidates, IReadOnlyList<IReadOnlyList<float>>? Embeddings, JsonObject? Metadata);

    public sealed record FileObject(string Id, string Object, long Bytes, long CreatedAt, long ExpiresAt, string Filename, string Purpose, string Status);

    public sealed record FilePage(string Object, IReadOnlyList<FileObject> Data, string? FirstId, string? LastId, bool HasMore);

    public sealed record BatchBody(string InputFileId, string Endpoint, string CompletionWindow, IReadOnlyDictionary<string, string>? Metadata, OutputExpiry? OutputExpiresAfter);

    public sealed record OutputExpiry(string Anchor, int Seconds);

    public sealed record BatchObject(
        string Id, string Object, string Endpoint, FaultList? Errors, string InputFileId, string CompletionWindow, string Status, string? OutputFileId, string? ErrorFileId, long CreatedAt,
        long? InProgressAt, long ExpiresAt, long? FinalizingAt, long? CompletedAt, long? FailedAt, long? ExpiredAt, long? CancellingAt, long? CancelledAt, RequestCounts RequestCounts,
        IReadOnlyDictionary<string, string>? Metadata);

    public sealed record FaultList(string Object, IReadOnlyList<InputFault> Data);

    public sealed record RequestCounts(int Total, int Completed, int Failed);

    public sealed record BatchPage(string Object, IReadOnlyList<BatchObject> Data, string? FirstId, string? LastId, bool HasMore);
}
