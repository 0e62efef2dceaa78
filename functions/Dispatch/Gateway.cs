using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Http;
using Serverless.Contracts;
using Serverless.Contracts.OpenAI;
using Serverless.Functions.Caching;
using Serverless.Functions.Clients;
using Serverless.Functions.Guards;
using Serverless.Functions.Hosting;
using Serverless.Functions.Limits;
using Serverless.Functions.Limits.Prices;
using Serverless.Functions.Providers;
using Serverless.Functions.Retrieval;
using Serverless.Functions.Routes;
using Serverless.Functions.Telemetry;

namespace Serverless.Functions.Dispatch;

/// <summary>The one admission path, for every endpoint and for the app's own calls.</summary>
public sealed class Gateway(
    RouteCatalog routes,
    RouteTargets targets,
    TargetHealth health,
    TargetProbes probes,
    TargetCalls calls,
    FirstTokenTimes firstTokens,
    RetryBudget retries,
    Admission admission,
    RouteGuards guards,
    CachedAnswers cached,
    RoutedEmbeddings embeddings,
    PriceStore prices,
    GatewayOptions options,
    ModelCalls telemetry,
    TimeProvider time,
    IServiceProvider services) : IGateway
{
    public async IAsyncEnumerable<AnswerEvent> StreamAsync(AnswerRequest request, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        var route = await routes.ResolveAsync(request.Route, request.Caller, "model", cancellationToken).ConfigureAwait(false);
        if (route.Type == RouteTypes.Answers)
        {
            var question = RagQuestion.Of(request, route.Version.Rag!);
            var guarded = await GuardedAsync(route, request, cancellationToken).ConfigureAwait(false);
            if (!ReferenceEquals(guarded, request)) question = RagQuestion.Of(request = guarded, route.Version.Rag!);
            using var entered = await admission.EnterAsync(route, request.Caller, cancellationToken).ConfigureAwait(false);
            try
            {
                var answers = guards.Output(route, request.Settings, AnswerAsync(route, request, question, cancellationToken), cancellationToken);
                await foreach (var answer in answers.ConfigureAwait(false)) yield return answer;
            }
            finally
            {
                entered.End();
            }

            yield break;
        }

        var generation = route.Type switch
        {
            RouteTypes.Chat => Chat(request, route),
            RouteTypes.Completions => Completion(request),
            _ => throw WrongType(route, "one that answers"),
        };
        await foreach (var answer in ModelAsync(route, Named(generation, request), request.Caller, cancellationToken).ConfigureAwait(false)) yield return answer;
    }

    public Task<EmbeddingBatch> EmbedAsync(string route, IReadOnlyList<string> texts, EmbeddingPurpose purpose, Caller caller, CancellationToken cancellationToken) =>
        EmbedAsync(new EmbeddingAsk(route, texts, purpose), caller, cancellationToken);

    /// <summary>Embeds in a caller's own way.</summary>
    public async Task<EmbeddingBatch> EmbedAsync(EmbeddingAsk ask, Caller caller, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(ask);
        var (texts, instruction) = (ask.Texts, ask.Instruction);
        if (ask.Tokens is null) AnswerChecks.Texts(texts, "input");
        if (instruction?.Length > 500) throw GatewayException.Invalid("instruction", "'instruction' may have at most 500 characters.");
        var resolved = await EmbeddingsRouteAsync(ask.Route, caller, cancellationToken).ConfigureAwait(false);
        if (ask.Tokens is not null && resolved.Version.Guards is { Input.Count: > 0 }) throw GatewayException.Invalid("input", "'input': token ids cannot be checked by the route's guards; send text.", "unsupported_parameter");
        texts = await guards.InputAsync(resolved, texts, "input", cancellationToken).ConfigureAwait(false);
        if (instruction is not null) instruction = (await guards.InputAsync(resolved, [instruction], "instruction", cancellationToken).ConfigureAwait(false))[0];
        var instructions = resolved.Version.Instructions ?? EmbeddingInstructions.Default;
        var words = instruction ?? (ask.Purpose == EmbeddingPurpose.Query ? instructions.Query : instructions.Document);
        var call = new EmbeddingCall(texts, words, ask.Purpose, ClientName.Of(caller, ask.User)) { Dimensions = ask.Dimensions, Tokens = ask.Tokens };
        return await embeddings.EmbedAsync(resolved, call, caller, cancellationToken).ConfigureAwait(false);
    }

    public async Task<string> EmbeddingIdentityAsync(string route, CancellationToken cancellationToken)
    {
        var resolved = await EmbeddingsRouteAsync(route, Caller.System, cancellationToken).ConfigureAwait(false);
        return EmbeddingIdentity.Of(resolved.Version);
    }

    public async Task<TokenPrice?> EmbeddingPriceAsync(string route, CancellationToken cancellationToken)
    {
        var resolved = await EmbeddingsRouteAsync(route, Caller.System, cancellationToken).ConfigureAwait(false);
        var table = await prices.GetAsync(cancellationToken).ConfigureAwait(false);
        // Of several targets a call may go to any; the route's own price is then the one that holds.
        var model = resolved.Version.Model;
        return table.Find(resolved.Name, model?.Provider ?? string.Empty, model?.Name ?? string.Empty);
    }

    public async Task<string> PinEmbeddingsAsync(string route, CancellationToken cancellationToken) =>
        (await EmbeddingsRouteAsync(route, Caller.System, cancellationToken).ConfigureAwait(false)).ToString();

    public async Task<IReadOnlyList<int>> CountTokensAsync(string route, IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(texts);
        if (texts.Count == 0) return [];
        var resolved = await routes.ResolveAsync(route, Caller.System, "route", cancellationToken).ConfigureAwait(false);
        if (resolved.Version.Model is null) throw WrongType(resolved, "one with a model");
        return await calls.CountAsync(resolved, resolved.Version.Model, texts, cancellationToken).ConfigureAwait(false);
    }

    internal static GatewayException WrongType(ResolvedRoute route, string expected) =>
        GatewayException.Invalid("model", $"Route '{route.Name}' is of type {route.Type}; this request takes {expected}.", "wrong_route_type");

    /// <summary>For whom it is generated, and how it is read.</summary>
    private static Generation Named(Generation generation, AnswerRequest request) =>
        generation with { Streams = request.Streams, Client = ClientName.Of(request.Caller, request.User), User = request.User, Betas = request.Betas };

    private static Generation Chat(AnswerRequest request, ResolvedRoute route)
    {
        AnswerChecks.Messages(request.Messages, route);
        return new Generation { Messages = request.Messages, Settings = request.Settings };
    }

    private static Generation Completion(AnswerRequest request)
    {
        if (request.Prompts is null) AnswerChecks.Prompt(request.Prompt);
        return new Generation { Prompt = request.Prompt, Prompts = request.Prompts, Settings = request.Settings };
    }

    private static Usage? Sum(Usage? before, Usage? last) => before is null || last is null
        ? last ?? before
        : new Usage(before.PromptTokens + last.PromptTokens, before.CompletionTokens + last.CompletionTokens) { PromptTokensDetails = last.PromptTokensDetails };

    /// <summary>Where the documents hold no answer, the route says so itself.</summary>
    private async IAsyncEnumerable<AnswerEvent> AnswerAsync(ResolvedRoute route, AnswerRequest request, AnswerQuestion question, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var planning = new RagPlanning(routes, services, calls.ContextWindowAsync, (writer, generation) => targets.Candidates(writer, request.Caller.ClientId, provider => AbilityChecks.WhyNot(provider, generation)), ModelAsync);
        var planned = await planning.PlanAsync(route, request, question, cancellationToken).ConfigureAwait(false);
        if (planned.Generation is not { } generation)
        {
            foreach (var answer in MarkedAnswer.Refusal(planned.Plan.Refusal!, request.Settings, route.Name)) yield return answer;
            yield break;
        }

        var isMarked = route.Version.Rag!.CitationMarkers && request.Settings is { ResponseFormat: null, Logprobs: not true, TopLogprobs: null };
        var written = ModelAsync(planned.Writer, Named(generation, request), planned.Inner, cancellationToken);
        await foreach (var answer in MarkedAnswer.Of(written, planned.Plan.Citations, isMarked, route.Version.Rag.Quoting == QuotingMode.Constrained, cancellationToken).ConfigureAwait(false)) yield return answer;
    }

    /// <summary>What a rag route is asked, guarded.</summary>
    private async Task<AnswerRequest> GuardedAsync(ResolvedRoute route, AnswerRequest request, CancellationToken cancellationToken)
    {
        if (route.Version.Guards is null) return request;
        if (request.Messages is { } messages) return request with { Messages = (await guards.InputAsync(route, new Generation { Messages = messages, Settings = request.Settings }, cancellationToken).ConfigureAwait(false)).Messages };
        return request with { Question = (await guards.InputAsync(route, [request.Question!], "question", cancellationToken).ConfigureAwait(false))[0] };
    }

    /// <summary>Asks a route's model, through the route's guards and its cache where it has them.</summary>
    private IAsyncEnumerable<AnswerEvent> ModelAsync(ResolvedRoute route, Generation generation, Caller caller, CancellationToken cancellationToken) =>
        route.Version is { Guards: null, Cache: null } ? GenerateAsync(route, generation, caller, cancellationToken) : GuardedAsync(route, generation, caller, cancellationToken);

    private async IAsyncEnumerable<AnswerEvent> GuardedAsync(ResolvedRoute route, Generation generation, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        generation = await guards.InputAsync(route, generation, cancellationToken).ConfigureAwait(false);
        IAsyncEnumerable<AnswerEvent> Generate() => guards.Output(route, generation.Settings, GenerateAsync(route, generation, caller, cancellationToken), cancellationToken);
        var answers = route.Version.Cache is null ? Generate() : cached.StreamAsync(route, caller, generation, Generate, cancellationToken);
        await foreach (var answer in answers.ConfigureAwait(false)) yield return answer;
    }

    private async IAsyncEnumerable<AnswerEvent> GenerateAsync(
        ResolvedRoute route, Generation generation, Caller caller, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        AnswerChecks.Settings(generation.Settings, contextWindow: null);
        probes.Saw(route);
        var candidates = targets.Candidates(route, caller.ClientId, provider => AbilityChecks.WhyNot(provider, generation));
        if (generation.Settings.MaxTokens is not null && candidates.Count == 1)
            AnswerChecks.Settings(generation.Settings, await calls.ContextWindowAsync(route, cancellationToken).ConfigureAwait(false));

        var first = candidates[0];
        var demand = CallDemands.Of(route, caller, targets.ProviderOf(first), generation, (texts, stop) => calls.CountAsync(route, first, texts, stop), stop => calls.ContextWindowAsync(route, stop));
        using var admitted = await admission.ReserveAsync(demand with { Candidates = CallDemands.Names(candidates) }, cancellationToken).ConfigureAwait(false);
        if (generation.Settings.MaxTokens != admitted.MaxTokens) generation = generation with { Settings = generation.Settings with { MaxTokens = admitted.MaxTokens } };
        var call = telemetry.Begin(generation.Messages is null ? "text_completion" : "chat", route.Name, first, generation.Streams);
        Usage? usage = null;
        var soFar = new BrokenOffUsage(generation);
        string? error = "client_disconnected";
        using var total = new CancellationTokenSource(UpstreamLimits.Total(options, route.Version.Routing), time);
        using var gone = cancellationToken.UnsafeRegister(static over => ((CancellationTokenSource)over!).Cancel(), total);
        using var hedging = Hedging.Applies(route.Version.Routing, candidates.Count) ? HedgingOf(route, generation, demand) : null;
        var stream = RoutedAnswer.Of(calls, targets, health, hedging, time, route, candidates, generation, total.Token);
        try
        {
            await using (stream.ConfigureAwait(false))
            {
                var isStarted = false;
                while (true)
                {
                    call.Enter();
                    try
                    {
                        if (!isStarted) await stream.StartAsync().ConfigureAwait(false);
                        isStarted = true;
                        await stream.MoveNextAsync().ConfigureAwait(false);
                    }
                    catch (GatewayException refused)
                    {
                        error = refused.Error.Code;
                        throw;
                    }
                    catch (OperationCanceledException) when (total.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
                    {
                        error = "upstream_timeout";
                        throw UpstreamErrors.ToGateway(new UpstreamException(UpstreamFailure.Timeout));
                    }

                    if (stream.Current is AnswerCompleted completed)
                    {
                        usage = Sum(stream.Before, completed.Usage);
                        error = null;
                        yield return completed with { Usage = usage };
                        yield break;
                    }

                    call.Chunk(stream.Model);
                    soFar.Append(stream.Current);
                    if (soFar.Chars > options.MaxAnswerChars)
                    {
                        error = "upstream_answer_too_long";
                        throw new GatewayException(
                            StatusCodes.Status502BadGateway,
                            new ErrorDetail(error, $"The provider's answer has more than {options.MaxAnswerChars} characters, as many as are permitted, and was cut off.", "upstream_error"));
                    }

                    yield return stream.Current;
                }
            }
        }
        finally
        {
            var duration = call.Elapsed;
            var model = stream.Model;
            var provider = targets.ProviderOf(model);
            var isTold = usage is not null;
            if (!isTold) usage = await soFar.CountAsync(provider, stop => targets.TargetAsync(route, model, stop), time, error).ConfigureAwait(false);
            admitted.Settle(new CallOutcome(usage, error, Counted: !isTold, call.FirstToken, duration) { Provider = provider.Name, Model = model.Name });
            if (hedging is not null) await hedging.SettleAsync().ConfigureAwait(false);
            if (error is null && !isTold) usage = null;
            call.End(model, usage?.PromptTokens, usage?.CompletionTokens, error, duration);
        }
    }

    private Hedging HedgingOf(ResolvedRoute route, Generation generation, CallDemand demand) => new(
        route.Version.Routing!,
        firstTokens,
        retries,
        generation,
        (first, second, stop) => admission.ReserveAsync(demand with { Candidates = CallDemands.Names([first, second]), MaxTokens = generation.Settings.MaxTokens, IsHedge = true }, stop),
        targets.ProviderOf,
        (model, stop) => targets.TargetAsync(route, model, stop),
        time);

    private async Task<ResolvedRoute> EmbeddingsRouteAsync(string route, Caller caller, CancellationToken cancellationToken)
    {
        var resolved = await routes.ResolveAsync(route, caller, "model", cancellationToken).ConfigureAwait(false);
        return resolved.Type == RouteTypes.Embeddings ? resolved : throw WrongType(resolved, RouteTypes.Embeddings);
    }
}
