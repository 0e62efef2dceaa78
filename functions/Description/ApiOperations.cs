using System.Text.Json.Nodes;
using Serverless.Contracts.OpenAI;
using Serverless.Contracts.Rerank;
using Serverless.Functions.Clients;
using Serverless.Functions.Ingestion;
using Serverless.Functions.Ingestion.Collections;
using Serverless.Functions.Mcp;
using Serverless.Functions.Mcp.Servers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Routes;
using Serverless.Functions.WebChat;

namespace Serverless.Functions.Description;

/// <summary>Every HTTP function in words. A test holds this list and the functions together.</summary>
internal static class ApiOperations
{
    private static readonly string[] Sse = ["application/json", "text/event-stream"];

    public static IReadOnlyDictionary<string, ApiOperation> All { get; } = List().ToDictionary(o => o.Function, StringComparer.Ordinal);

    private static IEnumerable<ApiOperation> List() => [.. Questions(), .. Routes(), .. McpServers(), .. Documents(), .. Limits(), .. ClientKeys(), .. Evaluations(), .. Batches(), .. Operation()];

    private static ApiOperation[] Questions() =>
    [
        new("ChatCompletions", "Questions", "OpenAI's chat completions; model names a chat or rag route.", typeof(ChatCompletionRequest), typeof(ChatCompletionResponse)) { Produces = Sse },
        new("Completions", "Questions", "OpenAI's completions; model names a completions route.", typeof(CompletionRequest), typeof(CompletionResponse)) { Produces = Sse },
        new("Embeddings", "Questions", "OpenAI's embeddings; model names an embeddings route.", typeof(EmbeddingRequest), typeof(EmbeddingResponse)),
        new("AzureChatCompletions", "Questions", "The same at Azure OpenAI's path; deployment names a chat or rag route.", typeof(ChatCompletionRequest), typeof(ChatCompletionResponse)) { Produces = Sse },
        new("AzureCompletions", "Questions", "The same at Azure OpenAI's path; deployment names a completions route.", typeof(CompletionRequest), typeof(CompletionResponse)) { Produces = Sse },
        new("AzureEmbeddings", "Questions", "The same at Azure OpenAI's path; deployment names an embeddings route.", typeof(EmbeddingRequest), typeof(EmbeddingResponse)),
        new("AzureV1ChatCompletions", "Questions", "OpenAI's chat completions at the path of Azure's v1 API; model names a chat or rag route.", typeof(ChatCompletionRequest), typeof(ChatCompletionResponse)) { Produces = Sse },
        new("AzureV1Completions", "Questions", "OpenAI's completions at the path of Azure's v1 API; model names a completions route.", typeof(CompletionRequest), typeof(CompletionResponse)) { Produces = Sse },
        new("AzureV1Embeddings", "Questions", "OpenAI's embeddings at the path of Azure's v1 API; model names an embeddings route.", typeof(EmbeddingRequest), typeof(EmbeddingResponse)),
        new("AzureV1Responses", "Questions", "OpenAI's responses at the path of Azure's v1 API; nothing is stored.", typeof(JsonObject), typeof(JsonObject)) { Produces = Sse },
        new("AzureV1Models", "Questions", "The routes that the caller may use, at the path of Azure's v1 API.", null, typeof(ModelList)),
        new("AzureV1Model", "Questions", "One route as OpenAI's model, at the path of Azure's v1 API.", null, typeof(ModelInfo)),
        new("AzureResponses", "Questions", "OpenAI's responses at Azure OpenAI's former path, with any api-version.", typeof(JsonObject), typeof(JsonObject)) { Produces = Sse },
        new("AzureModels", "Questions", "The routes that the caller may use, at Azure OpenAI's former path.", null, typeof(ModelList)),
        new("AzureModel", "Questions", "One route as OpenAI's model, at Azure OpenAI's former path.", null, typeof(ModelInfo)),
        new("Rerank", "Questions", "Documents in the order in which they answer a query, as Cohere's and Jina's; model names a rerank route.", typeof(RerankRequest), typeof(RerankResponse)),
        new("Responses", "Questions", "OpenAI's responses, created or streamed; nothing is stored.", typeof(JsonObject), typeof(JsonObject)) { Produces = Sse },
        new("Messages", "Questions", "Anthropic's messages, created or streamed; model names a chat or rag route.", typeof(JsonObject), typeof(JsonObject)) { Produces = Sse },
        new("ResponseInputTokens", "Questions", "The tokens of a response's input, by a provider that counts; model names a chat route.", typeof(JsonObject), typeof(JsonObject)),
        new("CountMessageTokens", "Questions", "The tokens of Anthropic's messages, by a provider that counts; model names a chat route.", typeof(JsonObject), typeof(JsonObject)),
        new("Models", "Questions", "The routes that the caller may use, as OpenAI's models.", null, typeof(ModelList)),
        new("Model", "Questions", "One route as OpenAI's model.", null, typeof(ModelInfo)),
        new("Invocations", "Questions", "Asks a route in MLflow AI Gateway's shapes; a rag route by question or messages.", typeof(Shapes.InvocationBody), typeof(Shapes.AnswerShape)),
        new("EndpointInvocations", "Questions", "Asks a route in the shapes of MLflow 2.9 and later: OpenAI's bodies without model.", typeof(JsonObject), typeof(JsonObject)) { Produces = Sse },
        new("Negotiate", "Questions", "The URL and the token of a SignalR client.", null, typeof(JsonObject)),
        new("StartStream", "Questions", "Asks a route and sends the answer over SignalR.", typeof(Shapes.StreamBody), typeof(JsonObject), 202),
        new("StopStream", "Questions", "Stops a stream.", null, typeof(JsonObject), 202),
        new("Mcp", "Questions", "The Model Context Protocol over Streamable HTTP: one JSON-RPC message, answered by an event stream.", typeof(JsonObject), typeof(JsonObject)) { Produces = Sse },
        new("McpMetadata", "Questions", "Where MCP clients get a token for /mcp (RFC 9728); 404 where only keys are taken.", null, typeof(ResourceMetadata)),
        new("ResumeStream", "Questions", "Sends what was missed of a stream to another connection of the caller's.", typeof(Shapes.ResumeBody), typeof(JsonObject), 202),
    ];

    private static ApiOperation[] Routes() =>
    [
        new("CreateRoute", "Routes", "Makes a route (operators).", typeof(Shapes.RouteBody), typeof(RouteView), 201),
        new("SearchRoutes", "Routes", "The routes that the caller may use, 500 a page.", null, typeof(Shapes.RoutePage)) { Query = ["page_token"] },
        new("GetRoute", "Routes", "One route.", null, typeof(RouteView)),
        new("UpdateRoute", "Routes", "A JSON merge patch; it makes a new version (operators).", typeof(JsonObject), typeof(RouteView)),
        new("DeleteRoute", "Routes", "Deletes a route (operators).", null, typeof(JsonObject)),
        new("ListRouteVersions", "Routes", "The versions of a route.", null, typeof(Shapes.RouteVersions)),
        new("RestoreRouteVersion", "Routes", "Makes an earlier version the current one again (operators).", null, typeof(RouteView)),
        new("CreateEndpoint", "Routes", "Makes a route in MLflow's words since 2.9 (operators).", typeof(Shapes.EndpointBody), typeof(JsonObject), 201),
        new("SearchEndpoints", "Routes", "The routes that the caller may use, in those words.", null, typeof(Shapes.EndpointPage)) { Query = ["page_token"] },
        new("GetEndpoint", "Routes", "One route, in those words.", null, typeof(JsonObject)),
        new("UpdateEndpoint", "Routes", "A JSON merge patch, in those words (operators).", typeof(JsonObject), typeof(JsonObject)),
        new("DeleteEndpoint", "Routes", "Deletes a route (operators).", null, typeof(JsonObject)),
        new("Providers", "Routes", "The providers, and which parameters each takes.", null, typeof(Shapes.ProviderList)),
    ];

    private static ApiOperation[] McpServers() =>
    [
        new("CreateMcpServer", "MCP servers", "Puts an upstream MCP server behind /mcp (operators).", typeof(Shapes.McpServerBody), typeof(McpServerView), 201),
        new("ListMcpServers", "MCP servers", "The upstream servers that the caller may use, 100 a page.", null, typeof(Shapes.McpServerPage)) { Query = ["page_token"] },
        new("GetMcpServer", "MCP servers", "One upstream server and its tools.", null, typeof(McpServerView)),
        new("UpdateMcpServer", "MCP servers", "A JSON merge patch (operators).", typeof(JsonObject), typeof(McpServerView)),
        new("ApproveMcpServer", "MCP servers", "Approves tools of the server as they are now (operators).", typeof(Shapes.McpApprovalBody), typeof(McpServerView)),
        new("DeleteMcpServer", "MCP servers", "Deletes an upstream server (operators).", null, typeof(JsonObject)),
    ];

    private static ApiOperation[] Documents() =>
    [
        new("CollectionList", "Documents", "The collections that the caller may read.", null, typeof(CollectionList)),
        new("CollectionGet", "Documents", "One collection.", null, typeof(CollectionView)),
        new("CollectionPut", "Documents", "Sets a collection up; brings every document up to date (operators).", typeof(CollectionSettings), typeof(CollectionView)),
        new("DocumentList", "Documents", "The documents of a collection and their states.", null, typeof(DocumentPage)) { Query = ["page_token"] },
        new("DocumentGet", "Documents", "A document's state, or its extracted text with content=text.", null, typeof(DocumentView)) { Query = ["content"], Produces = ["application/json", "text/plain"] },
        new("DocumentPut", "Documents", "Writes a document; its ingestion follows.", null, typeof(DocumentView), 202),
        new("DocumentDelete", "Documents", "Deletes a document; its index follows.", null, null, 202),
        new("DocumentReprocess", "Documents", "Ingests a document once more, or all without path (operators).", null, null, 202) { Query = ["path"] },
        new("DocumentPost", "Documents", "Writes the files of a form; each one's outcome is told.", null, typeof(JsonObject), 202),
        new("ReconcileCollection", "Documents", "Compares a collection's blobs with its index, and mends what differs.", null, typeof(JsonObject), 202) { Query = ["deep"] },
        new("ReconcileCollectionGet", "Documents", "What the last comparison of a collection found.", null, typeof(JsonObject)),
        new("ReconcileAll", "Documents", "Compares every collection (operators).", null, typeof(JsonObject), 202) { Query = ["deep"] },
        new("ReconcileAllGet", "Documents", "What the last comparison of all collections found (operators, readers).", null, typeof(JsonObject)),
        new("ImportStart", "Documents", "Brings the blobs of a container into a collection, those that are new or were changed.", typeof(Shapes.ImportBody), typeof(JsonObject), 202),
        new("ImportGet", "Documents", "How far an import is, and what could not be brought in.", null, typeof(JsonObject)) { Query = ["page_token"] },
        new("ImportList", "Documents", "A collection's imports, the newest first.", null, typeof(JsonObject)) { Query = ["top", "page_token"] },
        new("ImportDelete", "Documents", "Cancels an import under way; forgets one that has ended, 204.", null, typeof(JsonObject), 202),
        new("ExportStart", "Documents", "Writes a collection's index into a container (operators).", typeof(Shapes.ExportBody), typeof(JsonObject), 202),
        new("ExportGet", "Documents", "How far an export is, and what is not in it (operators, readers).", null, typeof(JsonObject)) { Query = ["page_token"] },
        new("ExportList", "Documents", "A collection's exports, the newest first (operators, readers).", null, typeof(JsonObject)) { Query = ["top", "page_token"] },
        new("ExportDelete", "Documents", "Cancels an export under way; forgets one that has ended, 204 (operators).", null, typeof(JsonObject), 202),
        new("RestoreStart", "Documents", "Makes an export the collection's next generation; nothing is embedded (operators).", typeof(Shapes.RestoreBody), typeof(JsonObject), 202),
        new("RestoreGet", "Documents", "How far a restore is (operators, readers).", null, typeof(JsonObject)) { Query = ["page_token"] },
        new("RestoreList", "Documents", "A collection's restores, the newest first (operators, readers).", null, typeof(JsonObject)) { Query = ["top", "page_token"] },
        new("RestoreDelete", "Documents", "Cancels a restore under way; forgets one that has ended, 204 (operators).", null, typeof(JsonObject), 202),
        new("ProgressGet", "Documents", "How far a collection's documents are.", null, typeof(JsonObject)),
        new("ProgressSubscribe", "Documents", "Sends the changes of a collection's documents over SignalR for a while.", null, typeof(JsonObject)),
        new("CollectionSearch", "Documents", "What a question would find, without an answer.", typeof(Shapes.SearchBody), typeof(SearchResults)),
    ];

    private static ApiOperation[] Limits() =>
    [
        new("SetLimits", "Limits, prices, usage", "A route's limits, in MLflow's shape (operators).", typeof(Shapes.RouteLimits), typeof(Shapes.RouteLimits)),
        new("GetLimits", "Limits, prices, usage", "A route's limits, in MLflow's shape.", null, typeof(Shapes.RouteLimits)),
        new("ListAllLimits", "Limits, prices, usage", "All limits (operators).", null, typeof(Shapes.AllLimits)),
        new("GetRouteLimits", "Limits, prices, usage", "A route's limits.", null, typeof(Shapes.LimitList)),
        new("PutRouteLimits", "Limits, prices, usage", "Replaces a route's limits; an empty list removes them (operators).", typeof(Shapes.LimitList), typeof(Shapes.LimitList)),
        new("GetClientLimits", "Limits, prices, usage", "A client's limits.", null, typeof(Shapes.LimitList)),
        new("PutClientLimits", "Limits, prices, usage", "Replaces a client's limits (operators).", typeof(Shapes.LimitList), typeof(Shapes.LimitList)),
        new("GetMcpServerLimits", "Limits, prices, usage", "An upstream MCP server's limits (operators, readers).", null, typeof(Shapes.LimitList)),
        new("PutMcpServerLimits", "Limits, prices, usage", "Replaces an upstream MCP server's limits (operators).", typeof(Shapes.LimitList), typeof(Shapes.LimitList)),
        new("GetPrices", "Limits, prices, usage", "The price table (operators).", null, typeof(Shapes.PriceList)),
        new("PutPrices", "Limits, prices, usage", "Replaces the price table (operators).", typeof(Shapes.PriceList), typeof(Shapes.PriceList)),
        new("GetUsage", "Limits, prices, usage", "What was used, in groups; operators see all, others their own.", null, typeof(Shapes.UsageList))
        {
            Query = ["route", "client", "from", "to", "groupBy", "format"],
            Produces = ["application/json", "text/csv"],
        },
    ];

    private static ApiOperation[] ClientKeys() =>
    [
        new("CreateClient", "Clients", "Makes a client; its key is in the answer, once (operators).", typeof(Shapes.ClientBody), typeof(ClientView), 201),
        new("ListClients", "Clients", "The clients (operators, readers).", null, typeof(Shapes.ClientPage)) { Query = ["max_results", "page_token"] },
        new("GetClient", "Clients", "One client (operators, readers).", null, typeof(ClientView)),
        new("UpdateClient", "Clients", "Changes what the body names; null takes a restriction away (operators).", typeof(JsonObject), typeof(ClientView)),
        new("DeleteClient", "Clients", "Deletes a client (operators).", null, typeof(JsonObject)),
        new("RotateClient", "Clients", "Another key, good at once; those before for the overlap (operators).", typeof(Shapes.RotateBody), typeof(ClientView)),
        new("AddClientKey", "Clients", "One more key (operators).", typeof(Shapes.KeyBody), typeof(ClientView), 201),
        new("DeleteClientKey", "Clients", "One key less (operators).", null, typeof(ClientView)),
        new("GetAudit", "Clients", "What operators have changed, the latest first (operators).", null, typeof(Shapes.AuditPage)) { Query = ["from", "to", "who", "action", "subject", "max_results", "page_token"] },
    ];

    private static ApiOperation[] Evaluations() =>
    [
        new("EvaluationStart", "Evaluations", "Asks a set of questions of several routes.", typeof(Shapes.EvaluationBody), typeof(JsonObject), 202),
        new("EvaluationList", "Evaluations", "The runs that the caller may see.", null, typeof(Shapes.EvaluationPage)) { Query = ["top", "page_token"] },
        new("EvaluationGet", "Evaluations", "One run, with its metrics.", null, typeof(JsonObject)),
        new("EvaluationDelete", "Evaluations", "Deletes a run."),
        new("EvaluationQuestions", "Evaluations", "What came of each question.", null, typeof(JsonObject)) { Query = ["route"] },
        new("EvaluationReport", "Evaluations", "The run's report, against another run where one is named.", null, typeof(JsonObject)) { Query = ["against", "format"], Produces = ["application/json", "text/markdown", "text/html"] },
        new("EvaluationCancel", "Evaluations", "Ends a run early.", null, typeof(JsonObject), 202),
        new("EvaluationExport", "Evaluations", "Sends a run to an MLflow tracking server.", typeof(JsonObject), typeof(JsonObject)),
    ];

    private static ApiOperation[] Batches() =>
    [
        new("FileUpload", "Batches", "OpenAI's files: a form with purpose=batch and a file of JSON lines.", null, typeof(Shapes.FileObject)),
        new("FileList", "Batches", "The caller's files, the newest first.", null, typeof(Shapes.FilePage)) { Query = ["purpose", "limit", "after", "order"] },
        new("FileGet", "Batches", "One file.", null, typeof(Shapes.FileObject)),
        new("FileContent", "Batches", "A file's bytes.") { Produces = ["application/octet-stream"] },
        new("FileDelete", "Batches", "Deletes a file.", null, typeof(JsonObject)),
        new("BatchCreate", "Batches", "OpenAI's batches: asks every request of a file within the completion window.", typeof(Shapes.BatchBody), typeof(Shapes.BatchObject)),
        new("BatchList", "Batches", "The caller's batches, the newest first.", null, typeof(Shapes.BatchPage)) { Query = ["limit", "after"] },
        new("BatchGet", "Batches", "One batch.", null, typeof(Shapes.BatchObject)),
        new("BatchCancel", "Batches", "Ends a batch after the requests under way.", null, typeof(Shapes.BatchObject)),
        new("AzureV1FileUpload", "Batches", "OpenAI's files: a form with purpose=batch and a file of JSON lines (at the path of Azure's v1 API).", null, typeof(Shapes.FileObject)),
        new("AzureV1FileList", "Batches", "The caller's files, the newest first (at the path of Azure's v1 API).", null, typeof(Shapes.FilePage)) { Query = ["purpose", "limit", "after", "order"] },
        new("AzureV1FileGet", "Batches", "One file (at the path of Azure's v1 API).", null, typeof(Shapes.FileObject)),
        new("AzureV1FileContent", "Batches", "A file's bytes (at the path of Azure's v1 API).") { Produces = ["application/octet-stream"] },
        new("AzureV1FileDelete", "Batches", "Deletes a file (at the path of Azure's v1 API).", null, typeof(JsonObject)),
        new("AzureV1BatchCreate", "Batches", "OpenAI's batches: asks every request of a file within the completion window (at the path of Azure's v1 API).", typeof(Shapes.BatchBody), typeof(Shapes.BatchObject)),
        new("AzureV1BatchList", "Batches", "The caller's batches, the newest first (at the path of Azure's v1 API).", null, typeof(Shapes.BatchPage)) { Query = ["limit", "after"] },
        new("AzureV1BatchGet", "Batches", "One batch (at the path of Azure's v1 API).", null, typeof(Shapes.BatchObject)),
        new("AzureV1BatchCancel", "Batches", "Ends a batch after the requests under way (at the path of Azure's v1 API).", null, typeof(Shapes.BatchObject)),
        new("AzureFileUpload", "Batches", "OpenAI's files: a form with purpose=batch and a file of JSON lines (at Azure's dated path).", null, typeof(Shapes.FileObject), 201),
        new("AzureFileList", "Batches", "The caller's files, the newest first (at Azure's dated path).", null, typeof(Shapes.FilePage)) { Query = ["purpose", "limit", "after", "order"] },
        new("AzureFileGet", "Batches", "One file (at Azure's dated path).", null, typeof(Shapes.FileObject)),
        new("AzureFileContent", "Batches", "A file's bytes (at Azure's dated path).") { Produces = ["application/octet-stream"] },
        new("AzureFileDelete", "Batches", "Deletes a file (at Azure's dated path).", null, typeof(JsonObject)),
        new("AzureBatchCreate", "Batches", "OpenAI's batches: asks every request of a file within the completion window (at Azure's dated path).", typeof(Shapes.BatchBody), typeof(Shapes.BatchObject), 201),
        new("AzureDeploymentBatchCreate", "Batches", "The same, at the path of a deployment.", typeof(Shapes.BatchBody), typeof(Shapes.BatchObject), 201),
        new("AzureBatchList", "Batches", "The caller's batches, the newest first (at Azure's dated path).", null, typeof(Shapes.BatchPage)) { Query = ["limit", "after"] },
        new("AzureBatchGet", "Batches", "One batch (at Azure's dated path).", null, typeof(Shapes.BatchObject)),
        new("AzureBatchCancel", "Batches", "Ends a batch after the requests under way (at Azure's dated path).", null, typeof(Shapes.BatchObject)),
        new("MessageBatchCreate", "Batches", "Anthropic's message batches: asks every request of the body within 24 hours.", typeof(JsonObject), typeof(JsonObject)),
        new("MessageBatchList", "Batches", "The caller's message batches, the newest first.", null, typeof(JsonObject)) { Query = ["limit", "after_id", "before_id"] },
        new("MessageBatchGet", "Batches", "One message batch.", null, typeof(JsonObject)),
        new("MessageBatchCancel", "Batches", "Ends a message batch after the requests under way.", null, typeof(JsonObject)),
        new("MessageBatchDelete", "Batches", "Deletes a message batch that has ended, with its results.", null, typeof(JsonObject)),
        new("MessageBatchResults", "Batches", "A line of JSON for each request of a message batch, in their order.") { Produces = ["application/x-jsonl"] },
    ];

    private static ApiOperation[] Operation() =>
    [
        new("Health", "Operation", "Whether the app answers.", null, typeof(Shapes.Health)),
        new("HealthReady", "Operation", "Whether the app can do its work; operators see the services behind it. 503 when nothing works.", null, typeof(Shapes.ReadyAnswer)),
        new("Metrics", "Operation", "Prometheus text of the instance that answers (operators).") { Produces = ["text/plain", "application/openmetrics-text"] },
        new("OpenApi", "Operation", "This description.", null, typeof(JsonObject)),
        new("Docs", "Operation", "This description, to be browsed.") { Produces = ["text/html"] },
        new("DocsScript", "Operation", "The script of that page.") { Produces = ["text/javascript"] },
        new("WebChatSite", "Operation", "The web page and its files.") { Produces = ["text/html", "text/javascript", "text/css"] },
        new("WebChatSettings", "Operation", "How the page's readers sign in.", null, typeof(WebChatSettings)),
        new("Preflight", "Operation", "Answers browsers that ask what they may send; on every path.", null, null, 204),
        new("WrongPath", "Operation", "What no function is at: 404, or 405 with the methods that its path takes.", null, null, 404),
    ];
}
