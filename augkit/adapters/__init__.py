"""augkit inside other libraries' loops; each adapter is imported only where it is used."""
