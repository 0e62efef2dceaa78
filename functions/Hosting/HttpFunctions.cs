using System.Reflection;
using Microsoft.Azure.Functions.Worker;

namespace Serverless.Functions.Hosting;

/// <summary>The app's HTTP functions, as their attributes say: what the host is told of them at build time says the same.</summary>
internal static class HttpFunctions
{
    /// <summary>By the functions' names.</summary>
    public static IReadOnlyDictionary<string, HttpFunction> All { get; } = Find().ToDictionary(f => f.Name, StringComparer.Ordinal);

    /// <summary>The template of a function's route, with a leading slash; its name where it is no HTTP function.</summary>
    public static string TemplateOf(string function) => All.TryGetValue(function, out var found) ? found.Route : function;

    private static IEnumerable<HttpFunction> Find() =>
        from type in typeof(HttpFunctions).Assembly.GetTypes()
        from method in type.GetMethods()
        let function = method.GetCustomAttribute<FunctionAttribute>()
        where function is not null
        let trigger = method.GetParameters().Select(p => p.GetCustomAttribute<HttpTriggerAttribute>()).FirstOrDefault(t => t is not null)
        where trigger is not null
        select new HttpFunction(function.Name, type, method, trigger);
}
