using Microsoft.AspNetCore.Routing.Patterns;

namespace Serverless.Local.Hosting.Catalog;

/// <summary>What is wrong between functions that are each right: equal names, equal routes.</summary>
internal static class CatalogConflicts
{
    public static IEnumerable<string> Find(IReadOnlyList<FunctionDescriptor> functions)
    {
        foreach (var same in functions.GroupBy(f => f.Name, StringComparer.OrdinalIgnoreCase).Where(group => group.Count() > 1))
        {
            yield return $"Function '{same.Key}' is declared {same.Count()} times ({string.Join(", ", same.Select(f => f.Definition.EntryPoint))}); names are unique, whatever their case.";
        }

        foreach (var same in functions.Where(f => f.Trigger is FunctionTrigger.Orchestration or FunctionTrigger.Activity)
            .GroupBy(f => (f.Trigger.BindingType, Name: TaskName(f.Trigger).ToUpperInvariant())).Where(group => group.Count() > 1))
        {
            yield return $"Functions {Quote(same)} answer to the same task name '{TaskName(same.First().Trigger)}'.";
        }

        var routes = functions.Where(f => f.Trigger is FunctionTrigger.Http).GroupBy(f => Shape(((FunctionTrigger.Http)f.Trigger).Pattern));
        foreach (var same in routes)
        {
            var members = same.ToArray();
            for (var i = 0; i < members.Length; i++)
            {
                for (var j = i + 1; j < members.Length; j++)
                {
                    var (a, b) = ((FunctionTrigger.Http)members[i].Trigger, (FunctionTrigger.Http)members[j].Trigger);
                    if (a.Methods.Count > 0 && b.Methods.Count > 0 && !a.Methods.Intersect(b.Methods, StringComparer.Ordinal).Any()) continue;
                    yield return $"Functions {Quote([members[i], members[j]])} answer to the same method and route '{a.Pattern.RawText}'.";
                }
            }
        }
    }

    private static string TaskName(FunctionTrigger trigger) => trigger switch
    {
        FunctionTrigger.Orchestration orchestration => orchestration.TaskName,
        FunctionTrigger.Activity activity => activity.TaskName,
        _ => string.Empty,
    };

    private static string Quote(IEnumerable<FunctionDescriptor> functions) => string.Join(" and ", functions.Select(f => $"'{f.Name}'"));

    /// <summary>A route without its parameters' names: two functions of one shape cannot be told apart by routing.</summary>
    private static string Shape(RoutePattern pattern) => string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternLiteralPart literal => literal.Content.ToUpperInvariant(),
        RoutePatternSeparatorPart separator => separator.Content,
        RoutePatternParameterPart parameter => $"{{{(parameter.IsCatchAll ? "*" : string.Empty)}{string.Join(':', parameter.ParameterPolicies.Select(p => p.Content))}}}",
        _ => string.Empty,
    }))));
}
