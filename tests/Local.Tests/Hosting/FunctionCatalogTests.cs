using Microsoft.AspNetCore.Http;
using Microsoft.Azure.Functions.Worker;
using Microsoft.DurableTask;
using Microsoft.Extensions.Configuration;
using Serverless.Local.Hosting;
using Serverless.Local.Hosting.Catalog;

namespace Local.Tests.Hosting;

public sealed class FunctionCatalogTests
{
    private static readonly IConfiguration Settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["QueueName"] = "from-settings" }).Build();

    [Theory]
    [InlineData(typeof(NotAnonymous), "Function 'Keyed' (", "AuthorizationLevel.Function needs the keys")]
    [InlineData(typeof(DefaultLevel), "Function 'Default' (", "only AuthorizationLevel.Anonymous is hosted here")]
    [InlineData(typeof(NoTrigger), "Function 'Idle' (", "no parameter carries a trigger")]
    [InlineData(typeof(TwoTriggers), "Function 'Two' (", "a function has one trigger")]
    [InlineData(typeof(BadRoute), "Function 'Route' (", "is malformed")]
    [InlineData(typeof(BadConstraint), "Function 'Constraint' (", "unknown constraint \"colour\"")]
    [InlineData(typeof(UnknownParameter), "Function 'Lost' (", "parameter 'service' of type HttpClient cannot be bound")]
    [InlineData(typeof(BadQueueName), "Function 'Queue' (", "\"Not_A_Queue\" is no queue name")]
    [InlineData(typeof(MissingSetting), "Function 'Setting' (", "setting 'Nowhere'")]
    [InlineData(typeof(BadCron), "Function 'Cron' (", "\"61\" is not permitted for the minute")]
    [InlineData(typeof(NeverCron), "Function 'Never' (", "never comes")]
    [InlineData(typeof(BadName), "Function '1st' (", "a name is a letter followed by")]
    [InlineData(typeof(AsyncVoid), "Function 'Void' (", "must return Task or ValueTask")]
    [InlineData(typeof(NotPublicMethod), "Function 'Hidden' (", "must be public")]
    [InlineData(typeof(SameNames), "Function 'same' is declared 2 times", "names are unique")]
    [InlineData(typeof(SameRoutes), "Functions 'A' and 'B'", "answer to the same method and route")]
    [InlineData(typeof(WrongOrchestration), "Function 'Orchestra' (", "must be of type TaskOrchestrationContext")]
    public void Load_FunctionAtFault_NamesItAndTheReason(Type type, string start, string reason)
    {
        var failure = Assert.Throws<FunctionLoadException>(() => FunctionCatalog.Load([type], HostJson.Default, Settings));

        var error = Assert.Single(failure.Errors);
        Assert.StartsWith(start, error, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_SeveralAtFault_ReportsAllOfThem() =>
        Assert.Equal(2, Assert.Throws<FunctionLoadException>(() => FunctionCatalog.Load([typeof(NotAnonymous), typeof(BadCron)], HostJson.Default, Settings)).Errors.Count);

    [Fact]
    public void Load_SettingReference_IsResolved()
    {
        var function = Assert.Single(FunctionCatalog.Load([typeof(QueueFromSettings)], HostJson.Default, Settings));

        Assert.Equal("from-settings", Assert.IsType<FunctionTrigger.Queue>(function.Trigger).QueueName);
    }

    [Fact]
    public void Load_SameRouteWithOtherMethods_IsPermitted() => Assert.Equal(2, FunctionCatalog.Load([typeof(SameRouteOtherMethod)], HostJson.Default, Settings).Count);

    [Fact]
    public void Load_TheApp_IsValid() => FunctionCatalog.Load(
        typeof(Serverless.Functions.Composition).Assembly.GetTypes(), HostJson.Default, new ConfigurationBuilder().Build());

    public static class NotAnonymous
    {
        [Function("Keyed")]
        public static void Run([HttpTrigger(AuthorizationLevel.Function, "get")] HttpRequest request) => _ = request;
    }

    public static class DefaultLevel
    {
        [Function("Default")]
        public static void Run([HttpTrigger("get")] HttpRequest request) => _ = request;
    }

    public static class NoTrigger
    {
        [Function("Idle")]
        public static void Run(string text) => _ = text;
    }

    public static class TwoTriggers
    {
        [Function("Two")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request, [QueueTrigger("queue")] string message) => _ = message;
    }

    public static class BadRoute
    {
        [Function("Route")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "a/{b")] HttpRequest request) => _ = request;
    }

    public static class BadConstraint
    {
        [Function("Constraint")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous, Route = "a/{b:colour}")] HttpRequest request) => _ = request;
    }

    public static class UnknownParameter
    {
        [Function("Lost")]
        public static void Run([HttpTrigger(AuthorizationLevel.Anonymous)] HttpRequest request, HttpClient service) => _ = service;
    }

    public static class BadQueueName
    {
        [Function("Queue")]
        public static void Run([QueueTrigger("Not_A_Queue")] string message) => _ = message;
    }

    public static class MissingSetting
    {
        [Function("Setting")]
        public static void Run([QueueTrigger("%Nowhere%")] string message) => _ = message;
    }

    public static class QueueFromSettings
    {
        [Function("Queue")]
        public static void Run([QueueTrigger("%QueueName%")] string message, long dequeueCount) => _ = $"{message}{dequeueCount}";
    }

    public static class BadCron
    {
        [Function("Cron")]
        public static void Run([TimerTrigger("0 61 * * * *")] TimerInfo timer) => _ = timer;
    }

    public static class NeverCron
    {
        [Function("Never")]
        public static void Run([TimerTrigger("0 0 0 30 2 *")] TimerInfo timer) => _ = timer;
    }

    public static class BadName
    {
        [Function("1st")]
        public static void Run([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer) => _ = timer;
    }

    public static class AsyncVoid
    {
        [Function("Void")]
        public static async void Run([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer) => await Task.Yield();
    }

    public static class NotPublicMethod
    {
        [Function("Hidden")]
        internal static void Run([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer) => _ = timer;
    }

    public static class SameNames
    {
        [Function("Same")]
        public static void A([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer) => _ = timer;

        [Function("same")]
        public static void B([TimerTrigger("0 0 0 1 1 *")] TimerInfo timer) => _ = timer;
    }

    public static class SameRoutes
    {
        [Function("A")]
        public static void A([HttpTrigger(AuthorizationLevel.Anonymous, "get", "post", Route = "x/{a}")] HttpRequest request) => _ = request;

        [Function("B")]
        public static void B([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "X/{b}")] HttpRequest request) => _ = request;
    }

    public static class SameRouteOtherMethod
    {
        [Function("A")]
        public static void A([HttpTrigger(AuthorizationLevel.Anonymous, "get", Route = "x/{a}")] HttpRequest request) => _ = request;

        [Function("B")]
        public static void B([HttpTrigger(AuthorizationLevel.Anonymous, "post", Route = "x/{b}")] HttpRequest request) => _ = request;
    }

    public static class WrongOrchestration
    {
        [Function("Orchestra")]
        public static Task Run([OrchestrationTrigger] TaskActivityContext context) => Task.FromResult(context);
    }
}
