using Serverless.GpuWorker.Constraints;
using Serverless.GpuWorker.Constraints.Schemas;

namespace Serverless.GpuWorker.Tests.Constraints;

public sealed class NumberTests
{
    [Theory]
    [InlineData("""{"type":"integer","minimum":1,"maximum":100}""", "100", true)]
    [InlineData("""{"type":"integer","minimum":1,"maximum":100}""", "101", false)]
    [InlineData("""{"type":"integer","minimum":1,"maximum":100}""", "0", false)]
    [InlineData("""{"type":"integer","minimum":1,"maximum":100}""", "-5", false)]
    [InlineData("""{"type":"integer","minimum":0.5,"exclusiveMaximum":2}""", "1", true)]
    [InlineData("""{"type":"integer","minimum":0.5,"exclusiveMaximum":2}""", "2", false)]
    [InlineData("""{"type":"integer","maximum":1e2}""", "100", true)]
    [InlineData("""{"type":"integer","maximum":1e300}""", "999999999999999", true)]
    [InlineData("""{"type":"integer","exclusiveMaximum":0}""", "-0", false)]
    [InlineData("""{"type":"integer","maximum":0}""", "-0", true)]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "0.999999999999999", true)]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "1.000000000000001", false)]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "1.000", true)]
    [InlineData("""{"type":"number","minimum":0,"maximum":1}""", "1e-1", false)]
    [InlineData("""{"type":"number","exclusiveMinimum":0.00000000000000000001,"maximum":1}""", "0.000000000000001", true)]
    [InlineData("""{"type":"number","exclusiveMinimum":-0.5,"maximum":1E-2}""", "-0.5", false)]
    [InlineData("""{"type":"number","exclusiveMinimum":-0.5,"maximum":1E-2}""", "-0.49", true)]
    [InlineData("""{"type":"number","multipleOf":0.01}""", "12.34", true)]
    [InlineData("""{"type":"number","multipleOf":0.01}""", "12.345", false)]
    [InlineData("""{"type":"number","multipleOf":5}""", "15", true)]
    [InlineData("""{"type":"integer","multipleOf":2.5}""", "15", true)]
    [InlineData("""{"type":"integer","multipleOf":2.5}""", "12", false)]
    [InlineData("""{"minimum":3}""", "2", false)]
    [InlineData("""{"type":"integer","minimum":3,"exclusiveMinimum":true,"maximum":5,"exclusiveMaximum":false}""", "3", false)]
    [InlineData("""{"type":"integer","minimum":3,"exclusiveMinimum":true,"maximum":5,"exclusiveMaximum":false}""", "4", true)]
    [InlineData("""{"type":"integer","minimum":3,"exclusiveMinimum":true,"maximum":5,"exclusiveMaximum":false}""", "5", true)]
    [InlineData("""{"type":"integer","allOf":[{"minimum":3,"exclusiveMinimum":true},{"minimum":3},{"exclusiveMaximum":6}]}""", "3", false)]
    [InlineData("""{"type":"integer","allOf":[{"minimum":3,"exclusiveMinimum":true},{"minimum":3},{"exclusiveMaximum":6}]}""", "6", false)]
    [InlineData("""{"type":"integer","format":"int32"}""", "2147483647", true)]
    [InlineData("""{"type":"integer","format":"int32"}""", "2147483648", false)]
    [InlineData("""{"type":"integer","format":"int64"}""", "999999999999999", true)]
    [InlineData("""{"type":"integer","format":"uint8"}""", "-1", false)]
    [InlineData("""{"type":"number","format":"float"}""", "1e39", false)]
    [InlineData("""{"type":"number","format":"double"}""", "1e39", true)]
    [InlineData("""{"type":"integer","format":"date-time"}""", "5", true)]
    [InlineData("""{"type":["integer","string"],"format":"int32","pattern":"^-?(?:0|[1-9]\\d*)$"}""", "\"12\"", true)]
    [InlineData("""{"type":["integer","string"],"format":"int32","pattern":"^-?(?:0|[1-9]\\d*)$"}""", "3000000000", false)]
    [InlineData("""{"type":"array","items":{"type":"integer","minimum":3}}""", "[3,14]", true)]
    public void Next_Number_IsTakenWhereItIsPermitted(string schema, string text, bool isComplete) =>
        Assert.Equal(isComplete, AutomatonWalk.Accepts(AutomatonWalk.Start(ReadForm.OfSchema(schema)), text));

    [Theory]
    [InlineData("\"minimum\":\"1\"", "minimum must be a number")]
    [InlineData("\"exclusiveMinimum\":true", "exclusiveMinimum must be a number")]
    [InlineData("\"maximum\":1e500", "maximum must have at most 400 digits")]
    [InlineData("\"minimum\":3,\"maximum\":2", "minimum, maximum")]
    [InlineData("\"exclusiveMinimum\":2,\"exclusiveMaximum\":3", "some number")]
    [InlineData("\"minimum\":1e15", "some number")]
    [InlineData("\"minimum\":8,\"maximum\":13,\"multipleOf\":7", "some number")]
    [InlineData("\"multipleOf\":0", "multipleOf must be above 0")]
    [InlineData("\"multipleOf\":-2", "multipleOf must be above 0")]
    [InlineData("\"multipleOf\":101", "multipleOf must be at most 100")]
    public void Read_BoundsThatCannotBeHeldTo_NamesThemAndWhereTheyAre(string bounds, string named)
    {
        string message = Assert.Throws<SchemaException>(() => ReadForm.OfSchema($$"""{"items":{"type":"integer",{{bounds}}} }""")).Message;
        Assert.Contains(named, message, StringComparison.Ordinal);
        Assert.EndsWith("(at #/items)", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MultiplesOfWhatIsNoDecimalPlace_AreRefusedForNumbers() =>
        Assert.Contains("multipleOf", Assert.Throws<SchemaException>(() => ReadForm.OfSchema("""{"type":"number","multipleOf":0.3}""")).Message, StringComparison.Ordinal);

    [Fact]
    public void Read_HundredsOfRules_AreRefusedTogether()
    {
        string properties = string.Join(',', Enumerable.Range(0, 600).Select(i => $$"""  "p{{i}}":{"type":"number","minimum":-{{i}}.123456789,"maximum":123456789.{{i + 1}}}"""));
        Assert.Contains("than one schema may", Assert.Throws<SchemaException>(() => ReadForm.OfSchema($$"""{"properties":{ {{properties}} } }""")).Message, StringComparison.Ordinal);
    }
}
