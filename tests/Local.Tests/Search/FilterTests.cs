using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using Serverless.Local.Search;
using Serverless.Local.Search.Filters;
using Serverless.Local.Search.Schema;

namespace Local.Tests.Search;

public sealed class FilterTests
{
    private static readonly IndexSchema Schema = IndexSchema.Parse((JsonObject)JsonNode.Parse("""
        {"name":"test","fields":[{"name":"id","type":"Edm.String","key":true},{"name":"text","type":"Edm.String"},{"name":"number","type":"Edm.Double"},
        {"name":"flag","type":"Edm.Boolean"},{"name":"time","type":"Edm.DateTimeOffset"},{"name":"tags","type":"Collection(Edm.String)"}]}
        """)!);

    private static readonly string[] Words = ["a", "it's", "'", "x,y", "a b", "ü😀", "", "and", "not", "true"];

    [Fact]
    public void AnyFilter_Printed_ParsesBackToTheSame()
    {
        Prop.ForAll(Filters(3).ToArbitrary(), filter =>
        {
            var text = FilterPrinter.Print(filter);
            return FilterPrinter.Print(FilterParser.Parse(text)) == text;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AnyFilterAndDocument_PrintedAndParsed_SelectsTheSame()
    {
        var cases = from filter in Filters(3) from document in Documents() select (filter, document);
        Prop.ForAll(cases.ToArbitrary(), item =>
        {
            var parsed = FilterParser.Parse(FilterPrinter.Print(item.filter));
            return FilterCompiler.Compile(Schema, item.filter)(item.document) == FilterCompiler.Compile(Schema, parsed)(item.document);
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AnyFilter_Negated_SelectsTheOthers()
    {
        var cases = from filter in Filters(3) from document in Documents() select (filter, document);
        Prop.ForAll(cases.ToArbitrary(), item =>
            FilterCompiler.Compile(Schema, new FilterExpression.Not(item.filter))(item.document) != FilterCompiler.Compile(Schema, item.filter)(item.document)).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void AnyText_Parsed_GivesAFilterOrARefusalWithPosition()
    {
        var fragments = Gen.Elements("text", " eq ", "'a'", "'", "(", ")", " and ", " or ", "not ", "any", "/", ":", ",", "5", "-", "search.in", "2024-01-01T00:00:00Z", "null", "\u0000", "{", "/all(x: x ne 'a')");
        Prop.ForAll(fragments.ListOf().Select(string.Concat).ToArbitrary(), text =>
        {
            try
            {
                return FilterPrinter.Print(FilterParser.Parse(text)).Length > 0;
            }
            catch (SearchException refused)
            {
                return refused.Status == 400;
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Parse_AndOrNot_BindAsODataSays()
    {
        var parsed = FilterParser.Parse("flag or not flag and number gt 1");
        Assert.Equal("flag or (not flag and number gt 1)", FilterPrinter.Print(parsed));
        Assert.Equal("number lt 5", FilterPrinter.Print(FilterParser.Parse("5 gt number")));
    }

    [Fact]
    public void Parse_DeepNesting_IsRefusedNotFatal()
    {
        var refused = Assert.Throws<SearchException>(() => FilterParser.Parse(new string('(', 100_000)));
        Assert.Contains("nesting", refused.Message, StringComparison.Ordinal);
        Assert.Throws<SearchException>(() => FilterParser.Parse(string.Concat(Enumerable.Repeat("not ", 100_000)) + "flag"));
        Assert.NotNull(FilterParser.Parse(string.Join(" or ", Enumerable.Repeat("flag", 10_000))));
    }

    private static Gen<FilterExpression> Filters(int depth)
    {
        var leaves = Gen.OneOf(
            Comparisons("text", Gen.Elements(Words).Select(word => (object?)word)),
            Comparisons("number", Gen.OneOf(Gen.Choose(-3, 3).Select(number => (object?)(long)number), Gen.Elements<object?>(0.5, -1e300, 1e-7, 2.0))),
            Comparisons("time", Gen.Choose(0, 3).Select(day => (object?)DateTimeOffset.UnixEpoch.AddDays(day))),
            Gen.Elements("text", "number", "flag").SelectMany(field => Gen.Elements(FilterOperator.Eq, FilterOperator.Ne).Select(comparison => (FilterExpression)new FilterExpression.Comparison(field, comparison, null))),
            Gen.Constant<FilterExpression>(new FilterExpression.BooleanField("flag")),
            Gen.Elements(true, false).Select(value => (FilterExpression)new FilterExpression.Constant(value)),
            SearchIns("text"),
            Gen.Constant<FilterExpression>(new FilterExpression.Any("tags", null, null)),
            from word in Gen.Elements(Words) from comparison in Gen.Elements(FilterOperator.Eq, FilterOperator.Ne) select (FilterExpression)new FilterExpression.Any("tags", "x", new FilterExpression.Comparison("x", comparison, word)),
            SearchIns("g").Select(body => (FilterExpression)new FilterExpression.All("tags", "g", body)));
        if (depth == 0)
            return leaves;
        var inner = Filters(depth - 1);
        return Gen.OneOf(
            leaves,
            inner.Select(operand => (FilterExpression)new FilterExpression.Not(operand)),
            inner.ListOf(2).Select(terms => (FilterExpression)new FilterExpression.And([.. terms])),
            inner.ListOf(3).Select(terms => (FilterExpression)new FilterExpression.Or([.. terms])));
    }

    private static Gen<FilterExpression> Comparisons(string field, Gen<object?> literals) =>
        from comparison in Gen.Elements(Enum.GetValues<FilterOperator>()) from literal in literals select (FilterExpression)new FilterExpression.Comparison(field, comparison, literal);

    private static Gen<FilterExpression> SearchIns(string field) =>
        from values in Gen.Elements(Words).ListOf(2) from delimiters in Gen.Elements(null, ",", "|", "") select (FilterExpression)new FilterExpression.SearchIn(field, string.Join(delimiters ?? " ", values), delimiters);

    private static Gen<object?[]> Documents() =>
        from text in Gen.Elements([null, .. Words])
        from number in Gen.Elements<double?>(null, -1, 0, 0.5, 2, 3)
        from flag in Gen.Elements<bool?>(null, true, false)
        from day in Gen.Elements<int?>(null, 0, 1, 2)
        from tags in Gen.Elements(Words).ListOf()
        select new object?[] { "1", text, number, flag, day is null ? null : DateTimeOffset.UnixEpoch.AddDays(day.Value), tags.Cast<object?>().ToArray() };
}
